"""Answers typed without a space behind the last word of a prompt: said once, before they count."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from core.forks import ForkSpec
from gui.theme import UNIT

TO_SPACE = "Tell it with a space"
STAYS = "Tell it again to leave it so."


class JoinedWords(QWidget):
    """A line that says how such a fork would read. Says `spaces_wanted` when that was not meant.

    A word with its space is another token than one without, and most models hardly know the
    second: numbers about it would not be about the fact.
    """

    spaces_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLabel()
        self.words.setObjectName("problem")
        self.words.setWordWrap(True)
        self.space = QPushButton(TO_SPACE)
        self.space.setAutoDefault(True)  # or Enter would go on to the fields and tell it as it is
        self.space.clicked.connect(self.spaces_wanted)
        self._asked: ForkSpec | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * UNIT)
        row.addWidget(self.words, 1)
        row.addWidget(self.space)
        self.hide()

    def allow(self, spec: ForkSpec) -> bool:
        """Return whether a fork can be told as it is; ask, where it has joined words.

        One that was asked about just before is meant as it stands.
        """
        joined = joined_words(spec)
        if not joined or spec == self._asked:
            self.forget()
            return True
        self._asked = spec
        read = " and ".join(f"“{word}”" for word in joined.values())
        self.words.setText(f"No space stands before the answer: it reads {read}. {STAYS}")
        self.show()
        self.space.setFocus()
        return False

    def forget(self) -> None:
        """Ask no more."""
        self._asked = None
        self.hide()


def joined_words(spec: ForkSpec) -> dict[str, str]:
    """Return, by the name of its field, each text that joins the prompt's last word as it reads.

    Scripts that put no spaces between words have none: their prompts have no space either.
    """
    words = spec.prompt.split()
    if len(words) < 2 or not spec.prompt[-1].isalnum():
        return {}
    texts = {
        "right": spec.right,
        "wrong": spec.wrong,
        "control": spec.control,
        "mention": spec.mention,
    }
    return {
        name: words[-1] + text.split()[0]
        for name, text in texts.items()
        if text and text[0].isalnum()
    }
