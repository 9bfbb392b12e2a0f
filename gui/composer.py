"""Composes a prompt, as plain text or as a conversation, and shows the tokens it becomes."""

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.composing import Composed, Conversation, PlainText, Wording, compose
from core.jobs import JobId
from core.tree import NodeId
from core.workbench import NO_MODEL, Change, Workbench
from gui import figures
from gui.look import Look
from gui.observing import observe
from gui.status_line import PREVIEW
from gui.token_field import TokenField
from gui.turn_fields import TurnFields

TYPING_MS = 200
PLAIN, TURNS = range(2)
NO_TEXT = "Type a prompt: its tokens appear here."
NO_TEMPLATE = "This model has no chat template: write plain text instead."


class Composer(QDialog):
    """Says `prompt_composed` with a `Composed`; nothing enters the tree before."""

    prompt_composed = Signal(object)

    def __init__(self, workbench: Workbench, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New prompt")
        self._workbench = workbench
        self._job: JobId | None = None
        self._asked = 0
        self._composed: Composed | None = None
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("The capital of France is")
        self.text.setAccessibleName("Prompt")
        self.text.setTabChangesFocus(True)
        self.turns = TurnFields()
        self.ways = QTabWidget()
        self.ways.setAccessibleName("How the prompt is written")
        self.ways.setDocumentMode(True)
        self.ways.tabBar().setDrawBase(False)
        self.ways.addTab(_padded(self.text), "Plain text")
        self.ways.addTab(_padded(self.turns), "Conversation")
        self.count = QLabel()
        self.count.setObjectName("title")
        self.tokens = TokenField(look)
        self.said = QLabel()
        self.said.setObjectName("problem")
        self.said.setWordWrap(True)
        self.plant = QPushButton("Put it into the tree")
        self.plant.setObjectName("primary")
        self.plant.setToolTip("Put these tokens into the tree and read them (Ctrl+Return)")
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._lay_out()
        self._typing.timeout.connect(self.look)
        self.text.textChanged.connect(self._on_edited)
        self.turns.changed.connect(self._on_edited)
        self.ways.currentChanged.connect(self._on_way)
        self.plant.clicked.connect(self._on_plant)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._on_plant)
        observe(workbench, self, self._on_change)
        self._show(None)

    def open_with(self, node: NodeId) -> None:
        """Show the window, filled with the conversation that `node` follows, if there is one."""
        found = self._workbench.conversation_of(node)
        if found is not None:
            self.turns.show_turns(found.turns)
            self.ways.setCurrentIndex(TURNS)
        self.show()
        self.activateWindow()
        self._focus_text()
        self.look()

    def wording(self) -> Wording | None:
        """Return what the fields say, None when they say nothing yet."""
        if self.ways.currentIndex() == PLAIN:
            text = self.text.toPlainText()
            return PlainText(text) if text else None
        turns = self.turns.turns()
        return Conversation(turns) if any(turn.text.strip() for turn in turns) else None

    def look(self) -> None:
        """Ask at once what the fields become."""
        self._typing.stop()
        self._asked += 1
        self._drop()
        wording, bench = self.wording(), self._workbench
        card = bench.card
        if wording is None or bench.vocabulary is None:
            self._show(None)
        elif isinstance(wording, Conversation) and card is not None and not card.chat_template:
            self._show(Composed(wording, (), card.context, (), NO_TEMPLATE))
        else:
            take = partial(self._take, self._asked)
            work = partial(compose, wording=wording)
            self._job = bench.look_aside(PREVIEW, work, (), take)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing running."""
        self._typing.stop()
        self._drop()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.plant)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 8, 16, 16)
        box.setSpacing(8)
        box.addWidget(self.ways, 3)
        box.addWidget(self.count)
        box.addWidget(self.tokens, 2)
        box.addLayout(foot)
        self.resize(680, 560)

    def _drop(self) -> None:
        if self._job is not None:
            self._workbench.stop(self._job)
            self._job = None

    def _on_edited(self) -> None:
        self.plant.setEnabled(False)  # what stands below is not what stands above any more
        self._typing.start()

    def _on_way(self, _way: int) -> None:
        if not self.ways.tabBar().hasFocus():  # arrow keys there go through the ways
            self._focus_text()
        self._on_edited()

    def _focus_text(self) -> None:
        """Let what is typed go where the prompt is, or what the user says."""
        (self.text if self.ways.currentIndex() == PLAIN else self.turns.fields[1][1]).setFocus()

    def _take(self, asked: int, found: object) -> None:
        if asked == self._asked and isinstance(found, Composed):
            self._job = None
            self._show(found)

    def _show(self, composed: Composed | None) -> None:
        self._composed = composed
        tokens = () if composed is None else composed.tokens
        self.tokens.show_tokens(tokens)
        self.tokens.setVisible(bool(tokens))
        self.plant.setEnabled(composed is not None and composed.problem is None and bool(tokens))
        if composed is None:
            loaded = self._workbench.vocabulary is not None
            self.count.setText(NO_TEXT if loaded else NO_MODEL)
            self.said.clear()
            return
        special = sum(token.special for token in tokens)
        words = f"{figures.counted(len(tokens), 'token')} of {figures.count(composed.context)}"
        marked = figures.counted(special, "control token")
        self.count.setText(f"{words}, {marked}" if special else words if tokens else "No tokens")
        said = composed.warnings if composed.problem is None else (composed.problem,)
        self.said.setText(" ".join(said))

    def _on_plant(self) -> None:
        if self._typing.isActive():
            self.look()
        if self.plant.isEnabled() and self._composed is not None:
            composed = self._composed
            self.close()
            self.prompt_composed.emit(composed)

    def _on_change(self, change: Change) -> None:
        if change.reset and self.isVisible():
            self.look()


def _padded(widget: QWidget) -> QWidget:
    page = QWidget()
    box = QVBoxLayout(page)
    box.setContentsMargins(0, 8, 0, 0)
    box.addWidget(widget)
    return page
