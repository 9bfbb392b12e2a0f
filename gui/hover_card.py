"""The card that says everything about the token under the mouse."""

import html

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QLabel, QWidget

from core.tree import NodeId
from core.workbench import Workbench
from gui import figures
from gui.token_facts import facts_of
from gui.token_text import quoted


class HoverCard(QLabel):
    """A small label over the canvas; it never takes the mouse."""

    def __init__(self, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self._workbench = workbench
        self.setObjectName("hoverCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.hide()

    def show_node(self, node: NodeId, chip: QRectF) -> None:
        """Describe `node` next to its chip (in the parent's coordinates)."""
        facts = facts_of(self._workbench, node)
        rows = [
            ("probability", figures.probability(facts.probability)),
            ("rank", figures.count(facts.rank) if facts.rank else "\N{EN DASH}"),
            ("surprise", figures.bits(facts.surprise)),
            ("entropy before", figures.nats(facts.entropy_before)),
            ("origin", facts.origin),
        ]
        if facts.drawn is not None:
            rows.append(("drawn at", f"p {figures.probability(facts.drawn)} after the sampler"))
        cells = "".join(
            f"<tr><td style='padding-right:14px'>{html.escape(name)}</td>"
            f"<td align='right'>{html.escape(value)}</td></tr>"
            for name, value in rows
        )
        self.setText(f"<b>{html.escape(quoted(facts.text))}</b><table>{cells}</table>")
        self.adjustSize()
        area = self._area.rect()
        x = min(round(chip.left()), area.width() - self.width() - 8)
        y = round(chip.bottom()) + 10
        if y + self.height() > area.height() - 4:
            y = round(chip.top()) - self.height() - 10
        self.move(QPoint(max(4, x), max(4, y)))
        self.show()
        self.raise_()
