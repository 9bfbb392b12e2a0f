"""A slim line above the panels that says one problem, until it is dismissed or solved."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

PASSING_MS = 15_000
"""How long news stands there: the tree shows no less without it."""


class ProblemStrip(QFrame):
    """Hidden while there is nothing to say. It takes no focus and stops nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problemStrip")
        self._words = QLabel()
        self._words.setObjectName("problem")
        self._words.setWordWrap(True)
        close = QToolButton()
        close.setObjectName("quiet")
        close.setText("dismiss")
        close.setAccessibleName("Dismiss the message")
        close.clicked.connect(self.dismiss)
        self._passing = QTimer(self)
        self._passing.setSingleShot(True)
        self._passing.setInterval(PASSING_MS)
        self._passing.timeout.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self._words, 1)
        row.addWidget(close)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show what went wrong."""
        self._show(sentence, is_problem=True)
        self._passing.stop()

    def tell(self, sentence: str, *, stays: bool = False) -> None:
        """Show what was done, where nothing else on the screen shows it, for a while."""
        self._show(sentence, is_problem=False)
        self._passing.stop()
        if not stays:
            self._passing.start()

    def _show(self, sentence: str, *, is_problem: bool) -> None:
        self._words.setText(sentence)
        for widget, name in (
            (self, "problemStrip" if is_problem else "newsStrip"),
            (self._words, "problem" if is_problem else "news"),
        ):
            if widget.objectName() != name:
                widget.setObjectName(name)
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        self.setAccessibleName(f"Problem: {sentence}" if is_problem else sentence)
        self.show()

    def words(self) -> str:
        """Return what it says now."""
        return self._words.text() if not self.isHidden() else ""

    def dismiss(self) -> None:
        """Take the sentence away."""
        self.hide()
