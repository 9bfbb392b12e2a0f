"""The frame that every panel stands in: a title, a few words beside it, room for controls."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.theme import UNIT


class Card(QFrame):
    """A panel's surface. Put controls of the whole panel in `head`, the rest in `body`.

    What is built inside a parent is styled once; what moves in later, again with all it holds.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__()
        self.setObjectName("card")  # first: a splitter styles what moves in by its name
        self.setParent(parent)
        self.setAccessibleName(title)
        self._title = QLabel(title)
        self._title.setObjectName("title")
        self._subtitle = ShrinkingLabel()
        self._subtitle.setObjectName("muted")
        self.head = QHBoxLayout()
        self.head.setSpacing(2 * UNIT)
        self.head.addWidget(self._title)
        self.head.addWidget(self._subtitle, 1)
        self._subtitle.setVisible(False)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(4 * UNIT, 3 * UNIT, 4 * UNIT, 3 * UNIT)
        self.body.setSpacing(2 * UNIT)
        self.body.addLayout(self.head)

    def set_subtitle(self, words: str) -> None:
        """Say what the panel is about just now."""
        self._subtitle.setText(words)
        self._subtitle.setVisible(True)


class ShrinkingLabel(QLabel):
    """A label that is cut with an ellipsis instead of asking for more room."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = text
        self._meaning = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        """Show as much of the text as fits."""
        self._whole = text
        self._cut()

    def set_meaning(self, meaning: str) -> None:
        """Say in the tool tip what the text means."""
        self._meaning = meaning
        self._cut()

    def whole(self) -> str:
        """Return the text before it was cut."""
        return self._whole

    def resizeEvent(self, _event: object) -> None:
        """Adapt to another size."""
        self._cut()

    def _cut(self) -> None:
        room = max(0, self.contentsRect().width())
        cut = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        super().setText(cut)
        words = (self._whole if cut != self._whole else "", self._meaning)
        self.setToolTip("\n".join(word for word in words if word))


def rule() -> QFrame:
    """Return a hairline between two groups."""
    line = QFrame()
    line.setObjectName("rule")
    return line


def caption(text: str) -> QLabel:
    """Return a small muted label."""
    found = QLabel(text)
    found.setObjectName("small")
    return found
