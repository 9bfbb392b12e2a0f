"""Comparisons that were kept: their numbers as they were, with no model needed."""

import re
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.comparison_findings import ComparisonFinding
from core.engine import ModelCard
from core.tree import NodeId
from core.workbench import Change
from gui.card import ShrinkingLabel
from gui.compare_view import CompareFrame, Parts
from gui.figures import plain
from gui.key_words import tell_keys
from gui.observing import observe

NONE = "Nothing is kept yet: in any view of the comparison, export ▾ has “Keep as a finding”."
FORGETTING = "Takes the finding out of the list; {edit.undo} brings it back"
ROW_HEIGHT = 22
_LONG = re.compile(r"-?\d+\.\d{5,}(e-?\d+)?|-?\d(\.\d+)?e-?\d+")
"""A number with more digits than tell anything; shares and probabilities are kept whole."""


class FindingsView(CompareFrame):
    """A list of findings and the table of the one that is chosen."""

    again_requested = Signal(list, str)

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.findings: list[ComparisonFinding] = []
        self.list = QListWidget()
        self.list.setAccessibleName("Findings")
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table = QTableWidget()
        self.table.setAccessibleName("The numbers of the finding")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.setMinimumHeight(80)
        self._title = QLineEdit()
        self._title.setAccessibleName("Title of the finding")
        self._title.setToolTip("What the finding is called")
        self._title.setPlaceholderText("name of the finding")
        self._about = ShrinkingLabel(NONE)
        self._about.setObjectName("muted")
        self._again = QPushButton("Compare again")
        self._again.setToolTip("Shows the same branches in the same view")
        self._forget = QPushButton("Forget")
        tell_keys(self._forget, self._forget.setToolTip, FORGETTING)
        self._lay_out()
        self.list.currentRowChanged.connect(self._show_one)
        self._title.editingFinished.connect(self._rename)
        self._again.clicked.connect(self._compare_again)
        self._forget.clicked.connect(self._forget_one)
        observe(parts.workbench, self, self._on_change)
        self._read()

    def _lay_out(self) -> None:
        right, top, box = QVBoxLayout(), QHBoxLayout(), QHBoxLayout(self)
        top.addWidget(self._title, 1)
        for button in (self._again, self._forget):
            top.addWidget(button)
        right.setSpacing(4)
        right.addLayout(top)
        right.addWidget(self._about)
        right.addWidget(self.table, 1)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(16)
        box.addWidget(self.list, 1)
        box.addLayout(right, 3)

    def keep(self, view: str, rows: list[list[str]]) -> None:
        """Keep a table of the chosen branches as a finding, the newest last."""
        card = self.workbench.card
        names = ", ".join(self.marks.label(first) for first in self.chosen)
        self.workbench.keep_comparison(
            ComparisonFinding(
                f"{view} of {names}",
                view,
                datetime.now(UTC).isoformat(timespec="seconds"),
                "" if card is None else f"{card.name} {card.quantization}, {card.device}",
                tuple(tuple(row) for row in rows),
                tuple(self.chosen),
            )
        )

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Take note of what is compared; findings stay as they are."""
        self.chosen = chosen

    def caption(self) -> str:
        """Say which finding it is, and of which model."""
        one = self.current()
        return "" if one is None else f"{one.title} · {self._about.whole()}"

    def pictured(self) -> tuple[QWidget, ...]:
        """Return the table of numbers."""
        return (self.table,)

    def light(self, node: NodeId) -> None:
        """Show nothing: the numbers are of another time."""

    def rows(self) -> list[list[str]]:
        """Return the table of the chosen finding, with what it is of."""
        one = self.current()
        if one is None:
            return []
        told = [one.title, one.moment, one.model, *_facts(self._card(one))]
        return [told, *(list(row) for row in one.rows)]

    def current(self) -> ComparisonFinding | None:
        """Return the chosen finding."""
        row = self.list.currentRow()
        return self.findings[row] if 0 <= row < len(self.findings) else None

    def _card(self, one: ComparisonFinding | None) -> ModelCard | None:
        """Return the model whose numbers a finding holds, where the session tells."""
        number = None if one is None else one.number
        return None if number is None else self.workbench.model_card(number)

    def _read(self) -> None:
        before, self.findings = self.findings, list(self.workbench.kept_comparisons)
        new = [row for row, one in enumerate(self.findings) if one not in before]
        last = len(self.findings) - 1
        self._list(new[-1] if new else min(max(self.list.currentRow(), 0), last))

    def _list(self, row: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for one in self.findings:
            self.list.addItem(one.title)
            item = self.list.item(self.list.count() - 1)
            item.setToolTip(f"{one.title}\n{one.moment}")
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._show_one()

    def _show_one(self, *_row: int) -> None:
        one = self.current()
        head, *rows = ((), ()) if one is None or not one.rows else one.rows
        self.table.setColumnCount(max((len(row) for row in (head, *rows)), default=0))
        self.table.setRowCount(len(rows) if one is not None else 0)
        self.table.setHorizontalHeaderLabels(list(head))
        for at, row in enumerate(rows if one is not None else ()):
            for column, cell in enumerate(row):
                self.table.setItem(at, column, _item(cell))
        self.table.resizeColumnsToContents()
        self._title.setText("" if one is None else one.title)
        self._title.setCursorPosition(0)
        when = "" if one is None else one.moment.replace("T", " ").replace("+00:00", " UTC")
        card = self._card(one)
        by = () if card is None else (f"SHA-256 {_short(card.sha256)}", card.engine)
        about = "" if one is None else " · ".join((f"{one.view}, kept {when}", one.model, *by))
        self._about.setText(about or NONE)
        self._about.set_meaning("\n".join(_facts(card)))
        for part in (self._title, self._forget, self._again):
            part.setEnabled(one is not None)

    def _rename(self) -> None:
        one, row = self.current(), self.list.currentRow()
        words = self._title.text().strip()
        if one is not None and words and words != one.title:
            self.workbench.rename_comparison(row, words)

    def _forget_one(self) -> None:
        one, row = self.current(), self.list.currentRow()
        if one is not None:
            self.workbench.forget_comparison(row)

    def _compare_again(self) -> None:
        one = self.current()
        if one is not None:
            self.again_requested.emit(list(one.branches), one.view)

    def _on_change(self, change: Change) -> None:
        kept = self.workbench.kept_comparisons
        if change.reset or (change.notes and self.findings != list(kept)):
            self._read()


def _item(cell: str) -> QTableWidgetItem:
    """Return a cell with numbers to three figures; all that was kept of it is in its tip."""
    item = QTableWidgetItem(plain(float(cell)) if _LONG.fullmatch(cell) else cell)
    if item.text() != cell:
        item.setToolTip(cell)
    return item


def _short(sha256: str) -> str:
    """Return the beginning of a hash, which tells models apart."""
    return f"{sha256[:12]}…" if len(sha256) > 12 else sha256 or "not known"


def _facts(card: ModelCard | None) -> tuple[str, ...]:
    """Return what makes a model's numbers its own, beside its name: hash, build, arithmetic."""
    if card is None:
        return ()
    own = card.arithmetic
    rows = f"{own.least_rows} to {own.most_rows} rows in multiples of {own.row_multiple}"
    return (
        f"SHA-256 {card.sha256 or 'not known'}",
        card.engine,
        f"exact in batches of {rows}" if own.repeats else "no exact numbers",
    )
