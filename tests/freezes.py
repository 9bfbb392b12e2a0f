"""How long the window's thread was busy at a time in each test: `pytest --freezes` tells."""

import gc
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from core.engine import Engine
from core.jobs import InlineRunner, JobId, Work
from core.products import Product
from gui.app import keep_awake

TOLD = 10
"""Tests that are named in the summary."""

TIDIED = 25
"""After so many tests the garbage that they left is cleared away, while no window waits."""

TOLLS, EVENTS = 5, 1000
"""How often it is measured what watching costs, each time over so many events."""


class WatchedApplication(QApplication):
    """Measures each event from the loop until it was handled, whatever it set off meanwhile.

    Only the outermost one counts: while it lasts, nothing is painted and no key is taken. What a
    test calls by itself, outside of any event, is none of the window's waiting; what watching costs
    is taken off, by the least that was measured of it.
    """

    longest = 0.0
    elsewhere = 0.0
    is_handling = False
    inner = 0
    toll = 0.0

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        WatchedApplication.toll = min(self._measure_toll() for _ in range(TOLLS))

    def _measure_toll(self) -> float:
        """Return the seconds by which an event within another takes longer for being watched.

        Building a window sends thousands of them, and each is handed to Python and back.
        """
        receiver, event = QObject(), QEvent(QEvent.Type.User)
        WatchedApplication.is_handling = True
        began = perf_counter()
        for _ in range(EVENTS):
            QApplication.sendEvent(receiver, event)
        watched = perf_counter()
        for _ in range(EVENTS):
            QApplication.notify(self, receiver, event)
        plain = perf_counter()
        WatchedApplication.is_handling = False
        return max(0.0, (watched - began) - (plain - watched)) / EVENTS

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver an event."""
        if WatchedApplication.is_handling:
            WatchedApplication.inner += 1
            return QApplication.notify(self, receiver, event)
        WatchedApplication.elsewhere = 0.0
        began = unwatched()
        WatchedApplication.is_handling = True
        try:
            return QApplication.notify(self, receiver, event)
        finally:
            WatchedApplication.is_handling = False
            busy = unwatched() - began - WatchedApplication.elsewhere
            WatchedApplication.longest = max(self.longest, busy)


def unwatched() -> float:
    """Return a clock's seconds without those that watching has cost."""
    return perf_counter() - WatchedApplication.inner * WatchedApplication.toll


def _beside(work: Work) -> Work:
    """Return work whose own time counts for no freeze: in the app it is done on a thread.

    Taking in one product counts as an event of its own: in the app each reaches the window through
    its loop, however many of them a test that works inline takes in within one click.
    """

    def run(engine: Engine) -> Iterator[Product]:
        products = work(engine)
        try:
            while True:
                began = unwatched()
                product = next(products, None)
                WatchedApplication.elsewhere += unwatched() - began
                if product is None:
                    return
                began = unwatched()
                before = WatchedApplication.elsewhere
                yield product
                taken = unwatched() - began - (WatchedApplication.elsewhere - before)
                if WatchedApplication.is_handling:
                    WatchedApplication.longest = max(WatchedApplication.longest, taken)
                WatchedApplication.elsewhere = before + unwatched() - began
        finally:
            close = getattr(products, "close", None)
            if close is not None:
                close()

    return run


class Freezes:
    """A plugin that takes the longest freeze of each test down, and names the worst at the end.

    Threads and garbage are treated as in the program. It holds one session, where this process has
    those of all tests so far: to look through what they left took up to 0.4 s, in any event.
    """

    def __init__(self) -> None:
        self._taken: dict[str, float] = {}
        keep_awake()
        submit = InlineRunner.submit

        def aside(runner: InlineRunner, job: JobId, work: Work, engine: Engine) -> None:
            submit(runner, job, _beside(work), engine)

        runners: Any = InlineRunner
        runners.submit = aside

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        """Measure one test, its fixtures included."""
        if len(self._taken) % TIDIED == 0:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
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
        toll = WatchedApplication.toll * 1e6
        terminalreporter.write_line(f"without what watching costs: {toll:.1f} us an event")


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """Let pytest-qt make an application that measures."""
    return WatchedApplication
