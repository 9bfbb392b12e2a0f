"""The fork as fields: a prompt, a right and a wrong answer, and the controls beside them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.forks import DEFAULT_FORK, MENTIONING, ForkSpec
from gui.card import caption
from gui.fields import spin
from gui.joined_words import JoinedWords, joined_words
from gui.key_words import tell_keys
from gui.theme import UNIT

LINE_BREAK = "⏎"
OWN_STEM = (DEFAULT_FORK.mention or "").removesuffix(DEFAULT_FORK.wrong)
"""How the first story mentions its error: of a company's head, so of no other fact."""

ARTICLES = {"The", "A", "An"}
"""Words that begin a prompt with a capital only because they begin it."""

TIPS = {
    "prompt": "The text before the fork.",
    "right": "What is true: the clean branch begins with it. A word begins with a space.",
    "wrong": "What is false: it is inserted as the error. A word begins with a space.",
    "control": "A token that is neither true nor false, about as surprising as the error.",
    "mention": "Names the error without claiming it, so that the claim itself can be told apart.",
    "probe": "Asked after every branch: how likely are the right and the wrong answer now?\n"
    f"{LINE_BREAK} is a line break.",
}
TELL = "Grow the right and the wrong branch with their controls ({tree.tell})"
ALONE = (
    "Put the prompt into the tree and read it, without a fork.\n"
    "Tree → New prompt ({tree.prompt}) composes longer ones, and conversations."
)


class StoryBar(QWidget):
    """Says `fork_requested` with a `ForkSpec`, and `prompt_requested` with a text."""

    fork_requested = Signal(object)
    prompt_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = {name: self._field(name) for name in TIPS}
        self.tokens = spin(0, 512, 24, "How far each branch grows, greedily.")
        self.tokens.setAccessibleName("tokens")
        self.tell = QPushButton("Tell it")
        self.tell.setObjectName("primary")
        tell_keys(self.tell, self.tell.setToolTip, TELL)
        self.alone = QPushButton("Prompt only")
        tell_keys(self.alone, self.alone.setToolTip, ALONE)
        self.more = QToolButton()
        self.more.setObjectName("quiet")
        self.more.setText("controls ▾")
        self.more.setCheckable(True)
        self.more.setToolTip("Show the control, the mention and the probe")
        self._controls = QWidget(self)
        self._problem = QLabel()
        self._problem.setObjectName("problem")
        self._problem.setWordWrap(True)
        self.remark = QLabel()
        self.remark.setObjectName("muted")
        self.remark.setWordWrap(True)
        self.remark.hide()
        self.joined = JoinedWords(self)
        self._lay_out()
        self._stem: str | None = None
        self._probe_follows = False
        for name, follow in (
            ("prompt", self._follow),
            ("wrong", self._follow),
            ("mention", self._look_who_follows),
            ("probe", self._look_who_follows),
        ):
            self.fields[name].textEdited.connect(follow)
        for field in self.fields.values():
            field.textEdited.connect(self._on_edited)
        self.more.toggled.connect(self._on_more)
        self.joined.spaces_wanted.connect(self._tell_with_spaces)
        self.tell.clicked.connect(self.ask)
        self.alone.clicked.connect(self.ask_prompt)
        self.show_spec(DEFAULT_FORK)
        self._on_more(False)
        self.show_problem("")

    def spec(self) -> ForkSpec:
        """Return the fork that the fields describe."""
        text = {name: _break_lines(field.text()) for name, field in self.fields.items()}
        return ForkSpec(
            prompt=text["prompt"],
            right=text["right"],
            wrong=text["wrong"],
            control=text["control"] or None,
            mention=text["mention"] or None,
            probe=text["probe"] or None,
            tokens=self.tokens.value(),
        )

    def show_spec(self, spec: ForkSpec) -> None:
        """Fill the fields."""
        values = {
            "prompt": spec.prompt,
            "right": spec.right,
            "wrong": spec.wrong,
            "control": spec.control or "",
            "mention": spec.mention or "",
            "probe": spec.probe or "",
        }
        for name, value in values.items():
            self.fields[name].setText(value.replace("\n", LINE_BREAK))
            self.fields[name].setCursorPosition(0)
        self.tokens.setValue(spec.tokens)
        self.show_problem("")
        self.joined.forget()
        self._look_who_follows()

    def show_problem(self, sentence: str) -> None:
        """Say under the fields what is missing."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def show_remark(self, words: str) -> None:
        """Say something about the fork that was told."""
        self.remark.setText(words)
        self.remark.setVisible(bool(words))

    def set_ready(self, *, is_ready: bool) -> None:
        """Offer the verbs only while there is a model to do them."""
        for button in (self.tell, self.alone):
            button.setEnabled(is_ready)

    def edit(self) -> None:
        """Let the user change the fork, its prompt first."""
        self.fields["prompt"].setFocus()
        self.fields["prompt"].selectAll()

    def ask(self) -> None:
        """Ask for the fork, when nothing is missing."""
        spec = self.spec()
        problem = problem_with(spec)
        self.show_problem(problem)
        if not problem and self.joined.allow(spec):
            self.fork_requested.emit(spec)

    def ask_prompt(self) -> None:
        """Ask for the prompt alone."""
        text = self.spec().prompt
        self.show_problem("" if text.strip() else "Type a prompt first.")
        if text.strip():
            self.prompt_requested.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if self.tell.isEnabled():
                self.ask()
        else:
            super().keyPressEvent(event)

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setToolTip(TIPS[name])
        field.setAccessibleName(name)
        return field

    def _lay_out(self) -> None:
        first = QGridLayout()
        second = QGridLayout(self._controls)
        for grid, names in (
            (first, (("prompt", 7), ("right", 3), ("wrong", 3))),
            (second, (("control", 2), ("mention", 7), ("probe", 7))),
        ):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(2 * UNIT)
            grid.setVerticalSpacing(2)
            for column, (name, share) in enumerate(names):
                label = caption(name)
                label.setBuddy(self.fields[name])
                label.setToolTip(TIPS[name])
                grid.addWidget(label, 0, column)
                grid.addWidget(self.fields[name], 1, column)
                grid.setColumnStretch(column, share)
        second.addWidget(caption("tokens"), 0, 3)
        second.addWidget(self.tokens, 1, 3)
        buttons = QHBoxLayout()
        buttons.setSpacing(UNIT)
        for button in (self.tell, self.alone, self.more):
            buttons.addWidget(button)
        first.addLayout(buttons, 1, 3)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(UNIT)
        body.addLayout(first)
        body.addWidget(self._controls)
        body.addWidget(self._problem)
        body.addWidget(self.remark)
        body.addWidget(self.joined)

    def _tell_with_spaces(self) -> None:
        for name in joined_words(self.spec()):
            field = self.fields[name]
            field.setCursorPosition(0)
            field.insert(" ")
            field.textEdited.emit(field.text())
        self.ask()

    def _look_who_follows(self) -> None:
        """Find out which controls are made from the prompt and the wrong answer as they stand.

        Those change with them, so that another fact is not asked about the first one; a control
        that the user wrote stays.
        """
        spec = self.spec()
        mention = spec.mention or ""
        names_it = bool(spec.wrong.strip()) and mention.endswith(spec.wrong)
        self._stem = mention.removesuffix(spec.wrong) if names_it else None
        self._probe_follows = spec.probe == probe_for(spec.prompt)

    def _on_edited(self, _text: str) -> None:
        self.show_problem("")  # what was missing may be there now
        self.show_remark("")  # it is about the fork that was told

    def _follow(self) -> None:
        spec = self.spec()
        if self._stem == OWN_STEM and spec.prompt != DEFAULT_FORK.prompt:
            self._stem = MENTIONING
        if self._stem is not None:
            self.fields["mention"].setText((self._stem + spec.wrong).replace("\n", LINE_BREAK))
        if self._probe_follows:
            self.fields["probe"].setText(probe_for(spec.prompt).replace("\n", LINE_BREAK))

    def _on_more(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._controls.setVisible(on)
        self.more.setText("controls ▴" if on else "controls ▾")


def problem_with(spec: ForkSpec) -> str:
    """Return in one sentence what keeps a fork from being told, or nothing."""
    if not spec.prompt.strip():
        return "Type a prompt first."
    if not spec.right.strip() or not spec.wrong.strip():
        return "A fork needs a right and a wrong answer."
    if spec.right == spec.wrong:
        return "The right and the wrong answer are the same."
    return ""


def probe_for(prompt: str) -> str:
    """Return the probe that asks a prompt again after a branch, inside a sentence."""
    first, space, others = prompt.partition(" ")
    word = first.lower() if first in ARTICLES else first
    return f".\nIn fact, {word}{space}{others}"


def _break_lines(text: str) -> str:
    return text.replace(LINE_BREAK, "\n")
