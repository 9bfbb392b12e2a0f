"""How long the window's thread was busy at a time in each test: `pytest --freezes` tells."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from core.engine import Engine
from core.jobs import InlineRunner, JobId, Work
from core.products import Product

TOLD = 10
"""Tests that are named in the summary."""


class WatchedApplication(QApplication):
    """Measures each event from the loop until it was handled, whatever it set off meanwhile.

    Only the outermost one counts: while it lasts, nothing is painted and no key is taken. What a
    test calls by itself, outside of any event, is none of the window's waiting.
    """

    longest = 0.0
    elsewhere = 0.0
    is_handling = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver an event."""
        if (
            WatchedApplication.is_handling
        ):  # thousands of them build a window: measuring must cost next to nothing
            return QApplication.notify(self, receiver, event)
        WatchedApplication.elsewhere = 0.0
        began = perf_counter()
        WatchedApplication.is_handling = True
        try:
            return QApplication.notify(self, receiver, event)
        finally:
            WatchedApplication.is_handling = False
            busy = perf_counter() - began - WatchedApplication.elsewhere
            WatchedApplication.longest = max(self.longest, busy)


def _beside(work: Work) -> Work:
    """Return work whose own time counts for no freeze: in the app it is done on a thread.

    Taking in one product counts as an event of its own: in the app each reaches the window through
    its loop, however many of them a test that works inline takes in within one click.
    """

    def run(engine: Engine) -> Iterator[Product]:
        products = work(engine)
        try:
            while True:
                began = perf_counter()
                product = next(products, None)
                WatchedApplication.elsewhere += perf_counter() - began
                if product is None:
                    return
                began = perf_counter()
                before = WatchedApplication.elsewhere
                yield product
                taken = perf_counter() - began - (WatchedApplication.elsewhere - before)
                if WatchedApplication.is_handling:
                    WatchedApplication.longest = max(WatchedApplication.longest, taken)
                WatchedApplication.elsewhere = before + perf_counter() - began
        finally:
            close = getattr(products, "close", None)
            if close is not None:
                close()

    return run


class Freezes:
    """A plugin that takes the longest freeze of each test down, and names the worst at the end."""

    def __init__(self) -> None:
        self._taken: dict[str, float] = {}
        submit = InlineRunner.submit

        def aside(runner: InlineRunner, job: JobId, work: Work, engine: Engine) -> None:
            submit(runner, job, _beside(work), engine)

        runners: Any = InlineRunner
        runners.submit = aside

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        """Measure one test, its fixtures included."""
        WatchedApplication.longest = 0.0
        found = yield
        self._taken[item.nodeid] = WatchedApplication.longest
        return found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the tests in which the window was held up longest."""
        terminalreporter.section("longest freezes of the window's thread")
        worst = sorted(self._taken.items(), key=lambda each: -each[1])[:TOLD]
        for name, seconds in worst:
            terminalreporter.write_line(f"{seconds * 1e3:7.1f} ms  {name}")


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """Let pytest-qt make an application that measures."""
    return WatchedApplication
