"""A slim line for newcomers: what they are looking at, and three things to try."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui.card import ShrinkingLabel

SHOWN = "One text, continued after the right word, a wrong one, and two controls."
STEPS = (
    (
        "Click a token",
        """Every token shows what the model expected there, and the tokens that could follow.
Click one of the dashed tokens to branch.""",
    ),
    (
        "Tell your own fact",
        "Change the prompt, the right and the wrong word above the tree, and press Tell it.",
    ),
    (
        "Insert an error",
        """Select a token, type anything into the field on the right, and insert it as an error;
then let the model continue.""",
    ),
)
CLICK, TELL, INSERT = range(3)
ALL = "That was all of it. Help has the words and the keys; these steps can be dismissed."


class FirstSteps(QFrame):
    """Hidden until `begin`; a step that was tried is ticked. `dismissed` when it is closed.

    A clicked step says what to do until another one does or it is done, and `chosen` tells the
    window to go to where it is done.
    """

    dismissed = Signal()
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stepsStrip")
        self._done: set[int] = set()
        self._buttons = [QToolButton() for _ in STEPS]
        shown = ShrinkingLabel(SHOWN)
        shown.setObjectName("muted")
        shown.set_meaning(
            "The model continues each branch by itself. Pale tokens are likely, red ones\n"
            "surprised it. The controls show how much of an effect comes from the error itself."
        )
        lead = QLabel("Try")
        lead.setObjectName("muted")
        close = QToolButton()
        close.setObjectName("quiet")
        close.setText("dismiss")
        close.setToolTip("Help → First steps brings these back")
        close.setAccessibleName("Dismiss the first steps")
        close.clicked.connect(self.dismiss)
        self._what = QLabel()
        self._what.setWordWrap(True)
        self._what.hide()
        self._told: int | None = None  # which step says what to do
        row = QHBoxLayout()
        row.setSpacing(8)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 2, 8, 2)
        box.setSpacing(0)
        box.addLayout(row)
        box.addWidget(self._what)
        row.addWidget(shown, 1)
        row.addWidget(lead)
        for step, (button, (_, meaning)) in enumerate(zip(self._buttons, STEPS, strict=True)):
            button.setObjectName("step")
            button.setToolTip(meaning)
            button.clicked.connect(partial(self._choose, step))
            row.addWidget(button)
        row.addWidget(close)
        self._refresh()
        self.hide()

    def begin(self) -> None:
        """Show the steps, none of them done."""
        self._done.clear()
        self._say(None)
        self._refresh()
        self.show()

    def dismiss(self) -> None:
        """Go away."""
        self.hide()
        self.dismissed.emit()

    def tick_with(self, step: int, *tried: SignalInstance) -> None:
        """Mark a step as tried when one of these signals says so."""

        def tick(*_: object) -> None:
            self.tick(step)

        for signal in tried:
            signal.connect(tick)

    def tick(self, step: int) -> None:
        """Mark a step as tried."""
        if not self.isHidden() and step not in self._done:
            self._done.add(step)
            if step == self._told:
                self._say(None)
            if len(self._done) == len(STEPS):
                self._what.setText(ALL)
                self._what.show()
            self._refresh()

    def done(self) -> Sequence[int]:
        """Return the steps that were tried."""
        return sorted(self._done)

    def _choose(self, step: int) -> None:
        self._say(step)
        self.chosen.emit(step)

    def _say(self, step: int | None) -> None:
        """Say what to do for a step, None: for none of them."""
        self._told = step
        self._what.setVisible(step is not None)
        if step is not None:
            self._what.setText(" ".join(STEPS[step][1].split()))

    def words(self) -> str:
        """Return what it says is to be done."""
        return "" if self._what.isHidden() else self._what.text()

    def _refresh(self) -> None:
        for place, (button, (words, _)) in enumerate(zip(self._buttons, STEPS, strict=True)):
            is_done = place in self._done
            button.setText(f"{'✓' if is_done else place + 1}\N{NO-BREAK SPACE} {words}")
            button.setAccessibleName(f"Step {place + 1}: {words}{', done' if is_done else ''}")
            button.setProperty("done", is_done)
            button.style().polish(button)
