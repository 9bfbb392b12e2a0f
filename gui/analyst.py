"""Hands rows to the lab's own process, and its answers to whoever asked."""

import json
import sys
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment

from core.lab_products import Wish

Json = dict[str, Any]
Take = Callable[[Json], None]
Ask = Callable[[str, Take], None]

DIED = "The analysis ended unexpectedly; the rows are kept: try it again."
PATIENCE_MS = 1000


def run_order(wish: Wish) -> str:
    """Return the fields of an order about one run, as the inside of a JSON object.

    The values of rows are JSON already, and are not read here: there may be a megabyte of them.
    """
    rows = ", ".join(
        f'{{"item": {json.dumps(row.item)}, "dropped": {json.dumps(row.dropped)},'
        f' "values": {row.values}}}'
        for row in wish.rows
    )
    return (
        f'"experiment": {json.dumps(wish.experiment)}, "seed": {wish.seed}, "items": {wish.items},'
        f' "facts": {json.dumps(wish.facts)}, "choices": {wish.choices.json() or "null"},'
        f' "rows": [{rows}]'
    )


class Analyst(Protocol):
    """Answers orders one after the other; each answer is `found`, `problem` or `end`."""

    def ask(self, order: str, take: Take) -> None:
        """Hand in the inside of a JSON object; `take` hears every answer, `end` last."""
        ...

    def give_up(self) -> None:
        """Drop what is asked; nobody hears of it any more."""
        ...


class ProcessAnalyst(QObject):
    """Starts the process with the first order, and anew after it died."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._waiting: dict[int, Take] = {}
        self._asked = 0
        self._rest = b""

    def ask(self, order: str, take: Take) -> None:
        """Hand in the inside of a JSON object; `take` hears every answer, `end` last."""
        self._asked += 1
        self._waiting[self._asked] = take
        line = f'{{"id": {self._asked}, {order}}}\n'
        self._running().write(line.encode())

    def give_up(self) -> None:
        """Drop what is asked, and the process with it."""
        self._waiting.clear()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._on_finished)
            process.kill()
            process.waitForFinished(PATIENCE_MS)
            process.deleteLater()

    def _running(self) -> QProcess:
        if self._process is None:
            process = self._process = QProcess(self)
            process.setProcessEnvironment(QProcessEnvironment.systemEnvironment())
            process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
            process.readyReadStandardOutput.connect(self._on_answer)
            process.finished.connect(self._on_finished)
            self._rest = b""
            process.start(sys.executable, ["-P", "-m", "models.lab_process"])
        return self._process

    def _on_answer(self) -> None:
        if self._process is None:
            return
        whole = self._rest + bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = whole.split(b"\n")
        for line in lines:
            answer: Json = json.loads(line)
            take = self._waiting.get(answer["id"])
            if "end" in answer:
                self._waiting.pop(answer["id"], None)
            if take is not None:
                take(answer)

    def _on_finished(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        waiting, self._waiting = self._waiting, {}
        for take in waiting.values():
            take({"problem": DIED})
            take({"end": True})
