"""The window: which panel stands where, and who hears whom."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import (
    QActionGroup,
    QCloseEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QMenuBar, QStyle, QWidget

from core.tree import ROOT
from core.workbench import Change, Workbench
from gui.action_slots import slots_of
from gui.actions import PLACES, build_actions
from gui.branches_panel import BranchesPanel
from gui.card import Card
from gui.compacting import Compacting
from gui.diagnostics import report
from gui.doors import Doors, Dropping, RecentMenu
from gui.exporting import Exporting
from gui.fetching import Fetching
from gui.first_steps import CLICK, INSERT, TELL, FirstSteps
from gui.in_turns import InParts
from gui.key_book import KeyBook
from gui.lab_door import LabDoor
from gui.look import Look, ThemeChoice
from gui.losing import ask_before_losing, what_is_lost
from gui.missing_readings import MissingReadings
from gui.model_pill import ModelPill
from gui.next_token_panel import NextTokenPanel
from gui.observing import observe
from gui.odd_marks import OddMarks
from gui.offers import Offers
from gui.panes import Panes
from gui.places import engine_log
from gui.preferences import Preferences
from gui.problem_strip import ProblemStrip
from gui.reading_panel import ReadingPanel
from gui.replanting import Replanting
from gui.sampler_choice import SamplerChoice
from gui.selection import Selection
from gui.side_windows import SideWindows
from gui.status_line import StatusLine
from gui.stylesheet import wear
from gui.tab_order import follow_layout
from gui.this_token_panel import ThisTokenPanel
from gui.token_text import quoted
from gui.tree_accessible import speak
from gui.tree_letters import TreeLetters
from gui.tree_menu import TreeMenu
from gui.tree_panel import TreePanel
from gui.tree_ways import TreeWays
from gui.verbs import Verbs
from gui.view_keeping import KeptSelection, ViewKeeping
from gui.what_is_this import WhatIsThis

if TYPE_CHECKING:
    from gui.compare_panel import ComparePanel
    from gui.lab_page import LabPage

LEAST, USUAL = QSize(1024, 700), QSize(1280, 800)
COPIED = "The diagnostic report is in the clipboard: paste it where you ask for help."


class MainWindow(QMainWindow):
    """Everything there is to see of one workbench, once it is furnished."""

    closed = Signal()

    def __init__(
        self, workbench: Workbench, look: Look, preferences: Preferences, doors: Doors
    ) -> None:
        super().__init__()
        self._workbench = workbench
        self._look = look
        self._preferences = preferences
        self._doors = doors
        self._compare: ComparePanel | None = None
        self._fetching: Fetching | None = None
        self._may_lose = False
        self._saving_problem: str | None = None

    def furnish(self) -> InParts[None]:
        """Build all that the window holds, in parts of a few hundredths of a second each."""
        workbench, look, preferences = self._workbench, self._look, self._preferences
        wear(look)
        speak()
        self.selection = Selection(self)
        self.sampler = SamplerChoice(preferences, self)
        self.panes = panes = Panes(self)
        self.branches = BranchesPanel(workbench, self.selection, look, panes.edges.left)
        self.tree = TreePanel(workbench, self.selection, look, panes.edges.middle)
        yield
        self.reading = ReadingPanel(workbench, self.selection, look, panes.edges.middle)
        Card("Compare", panes.edges.middle)
        self.next_token = NextTokenPanel(workbench, self.selection, look, self.sampler, panes.side)
        yield
        self.this_token = ThisTokenPanel(workbench, self.selection, panes.side)
        self.problem = ProblemStrip(panes)
        self.status = StatusLine(workbench, panes)
        self.pill = ModelPill(look)
        self.bar = QMenuBar()
        self.verbs = Verbs(workbench, self.selection, self.tree.canvas, self)
        self.replanting = Replanting(workbench, self.selection, self.tree, self)
        self.ways = TreeWays(workbench, self.selection, look, preferences, self.tree, self)
        self.odd = OddMarks(workbench, self.tree.canvas)
        self.missing = MissingReadings(workbench, self.selection, self)
        self.steps = FirstSteps(panes)
        self.keeping = ViewKeeping(workbench, self)
        self.exporting = Exporting(workbench, self)
        self.compacting = Compacting(workbench, self.selection, self)
        self.beside = SideWindows(workbench, self.selection, look, self.sampler, self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.what = WhatIsThis(app, self)
        self.lab_door = LabDoor(workbench, self.selection, look, self.tree.canvas, panes, self)
        self._lay_out()
        yield
        self.actions_by_id, submenus = build_actions(self, self.bar, slots_of(self, self._doors))
        self.recent_menu = submenus["Open &recent"]
        self.beside.lend(self.actions_by_id["edit.undo"], self.actions_by_id["edit.redo"])
        self.keys = KeyBook(preferences, self.actions_by_id)
        TreeLetters(self.tree.canvas, self.actions_by_id)
        TreeLetters(self.tree.blocks, self.actions_by_id)
        TreeMenu(self.tree.canvas, self.actions_by_id)
        self._connect()
        self._keep_views()
        self._refresh_actions()
        self.show_model()
        if self.selection.selected == ROOT:
            self.verbs.select_a_beginning()
        self.tree.canvas.setFocus()

    def _lay_out(self) -> None:
        self.panes.settle(
            branches=self.branches,
            reading=self.reading,
            strips=(self.problem, self.steps),
            status=self.status,
        )
        self.setCentralWidget(self.panes)
        self.bar.setNativeMenuBar(False)
        top = QWidget()
        strip = QHBoxLayout(top)
        strip.setContentsMargins(0, 4, 16, 4)
        strip.addWidget(self.bar, 1)
        strip.addWidget(self.pill)
        self.setMenuWidget(top)
        self.setMinimumSize(LEAST)
        self.resize(USUAL)
        self._refresh_title()
        self.panes.restore(self._preferences)

    def keep_within(self, room: QSize) -> None:
        """Become no larger than a screen has room for, with its title."""
        title = self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
        self.resize(self.size().boundedTo(room - QSize(0, title)))

    @property
    def compare(self) -> "ComparePanel":
        """The comparison. Its plots take longer to load than all else, so it comes last."""
        if self._compare is None:
            from gui.compare_panel import ComparePanel  # noqa: PLC0415 - after the first paint
            from gui.kept_comparison import KeptComparison  # noqa: PLC0415 - it imports the panel

            self._compare = ComparePanel(self._workbench, self.selection, self._look)
            self._compare.problem_met.connect(self.problem.say)
            self._compare.told.connect(self.problem.tell)
            self.panes.put_compare(self._compare)
            follow_layout(self.panes)  # now that all are there
            kept = KeptComparison(self._compare)
            self.keeping.watch("comparison", kept, kept.moved)
        return self._compare

    @property
    def lab(self) -> "LabPage":
        """The experiments. They are built when they are first looked at."""
        return self.lab_door.page

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; what is slow to load follows the first picture."""
        super().paintEvent(event)
        if self._fetching is None:
            self._fetching = Fetching("gui.kept_comparison", self)  # pyqtgraph takes 0.2 s
            self._fetching.fetched.connect(lambda: self.compare)

    def _connect(self) -> None:
        verbs, canvas = self.verbs, self.tree.canvas
        canvas.branch_requested.connect(verbs.branch)
        self.tree.blocks.branch_requested.connect(verbs.branch)
        canvas.details_requested.connect(self.next_token.table.setFocus)
        self.next_token.branch_requested.connect(verbs.branch)
        self.next_token.insert_requested.connect(verbs.insert)
        self.next_token.insert_requested.connect(self.tree.take_focus)  # for what follows
        self.next_token.errors_requested.connect(self.beside.show_errors)
        self.next_token.growth.continue_requested.connect(verbs.continue_branch)
        self.next_token.growth.sampler_requested.connect(self.beside.show_sampler)
        self.next_token.growth.stop_requested.connect(verbs.stop)
        self.tree.story.fork_requested.connect(verbs.tell)
        self.tree.story.prompt_requested.connect(verbs.start_prompt)
        self.tree.note.note_requested.connect(verbs.note)
        self.branches.rename_requested.connect(verbs.rename)
        self.reading.edit_requested.connect(self.replanting.edit)
        for wish, name in (
            (self.reading.surprising_requested, "tree.surprising"),
            (self.reading.uncertain_requested, "tree.uncertain"),
        ):
            wish.connect(self.actions_by_id[name].trigger)
        self.replanting.tail_changed.connect(self._refresh_actions)
        self.selection.selected_changed.connect(self._refresh_actions)
        self.lab_door.moved.connect(self._refresh_actions)
        self.panes.rehoused.connect(self._refresh_actions)
        self.lab_door.problem_met.connect(self.problem.say)
        self.beside.problem_met.connect(self.problem.say)
        self.beside.prompt_composed.connect(verbs.plant_composed)
        for teller in (self.exporting, self.compacting, self.panes, self.beside):
            teller.told.connect(self.problem.tell)
        self.exporting.failed.connect(self.problem.say)
        self._look.changed.connect(self._on_look)
        self.pill.state_changed.connect(self._refresh_actions)
        self.sampler.changed.connect(self.panes.adapt_later.start)
        self.steps.dismissed.connect(self._on_steps_dismissed)
        self.steps.chosen.connect(self._on_step_chosen)
        for part in (canvas, self.tree.blocks):
            self.steps.tick_with(CLICK, part.token_clicked, part.branch_requested)
        self.steps.tick_with(TELL, self.tree.story.fork_requested)
        self.steps.tick_with(INSERT, self.next_token.insert_requested, self.beside.error_inserted)
        Dropping(self, self._doors)
        observe(self._workbench, self, self._on_change)
        themes = QActionGroup(self)
        for choice in ThemeChoice:
            themes.addAction(self.actions_by_id[f"view.theme_{choice.value}"])
        self._check_theme()
        self.ways.group(self.actions_by_id)
        if self._doors.open_session is not None:
            RecentMenu(self.recent_menu, self._preferences, self._doors.open_session)
        else:
            self.recent_menu.menuAction().setVisible(False)

    def _keep_views(self) -> None:
        canvas, watch = self.tree.canvas, self.keeping.watch
        selected = KeptSelection(self._workbench, self.selection)
        watch("layout", self.panes, self.panes.moved)
        watch("selection", selected, self.selection.selected_changed)
        across, down = canvas.horizontalScrollBar(), canvas.verticalScrollBar()
        watch("tree", canvas, across.valueChanged, down.valueChanged, canvas.zoomed)
        growth = self.next_token.growth
        watch("continue", growth, growth.moved)
        self.lab_door.built.connect(lambda: watch("lab", self.lab.form, self.lab.form.changed))

    # what the composition root tells

    def show_model(self) -> None:
        """Show the workbench's model as ready."""
        card = self._workbench.card
        if card is None or self._workbench.vocabulary is None:
            self.pill.show_none()
        else:
            self.pill.show_ready(card)

    def say_problem(self, sentence: str) -> None:
        """Say what went wrong, above the panels."""
        self.problem.say(sentence)

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Switch the theme and remember it."""
        self._preferences.theme = choice
        self._look.choose(choice)

    def greet(self) -> None:
        """Show the first steps, unless the user has dismissed them before."""
        if not self._preferences.knows_first_steps:
            self.steps.begin()

    # keeping up

    def _on_change(self, change: Change) -> None:
        if change.problem is not None:
            self.problem.say(change.problem)
        elif change.news is not None:
            self.problem.tell(change.news)
        if change.jobs:
            self.pill.show_speed(self._workbench.pace.rate("continue"))
        if change.reset:
            self.show_model()
        if change.settled or change.reset:
            self._refresh_title()
            self._withdraw_saving_problem()
        self._refresh_actions()

    def _withdraw_saving_problem(self) -> None:
        """Take back that the file cannot be written to, once it can."""
        problem = self._workbench.saving_problem
        if problem is None and self._saving_problem == self.problem.words():
            self.problem.dismiss()
        self._saving_problem = problem

    def _on_look(self) -> None:
        wear(self._look)
        self._check_theme()

    def _check_theme(self) -> None:
        self.actions_by_id[f"view.theme_{self._look.choice.value}"].setChecked(True)

    def _on_steps_dismissed(self) -> None:
        self._preferences.knows_first_steps = True

    def _on_step_chosen(self, step: int) -> None:
        {
            CLICK: self.tree.take_focus,
            TELL: self.tree.story.fields["prompt"].setFocus,
            INSERT: self.next_token.field.setFocus,
        }[step]()

    def _refresh_title(self) -> None:
        file = self._workbench.file
        self.setWindowTitle("Swerve" if file is None else f"{file.stem} \N{EM DASH} Swerve")

    def _refresh_actions(self) -> None:
        actions = self.actions_by_id
        panels = {
            "view.branches": self.branches,
            "view.compare": self.panes.compare,
            "view.reading": self.reading,
            "view.side": self.panes.side,
        }
        Offers(self._workbench, self.selection, self.pill, panels).refresh(actions)
        for (name, edge), place in PLACES.items():
            actions[place].setChecked(self.panes.edge(name) is edge)
        self.replanting.refresh(actions)
        self.ways.refresh(actions)
        self.lab_door.refresh(actions)
        self.tree.story.set_ready(is_ready=self._workbench.vocabulary is not None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        super().resizeEvent(event)
        self.panes.adapt()
        self._refresh_actions()

    def changeEvent(self, event: QEvent) -> None:
        """Take over keys that were changed in another window."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.keys.apply()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout; ask first where work would be lost."""
        self.keeping.flush()
        lost = None if self._may_lose else what_is_lost(self._workbench)
        if lost is not None:
            event.ignore()
            ask_before_losing(self, lost, self.actions_by_id.get("file.save_as"), self._lose)
            return
        self.panes.keep(self._preferences)
        self.lab_door.close_down()
        super().closeEvent(event)
        self.closed.emit()

    def _lose(self) -> None:
        self._may_lose = True
        self.close()

    # verbs of the window itself

    def toggle(self, panel: QWidget) -> None:
        """Show a panel, or hide it."""
        self.panes.toggle(panel)
        self._refresh_actions()

    def copy_report(self) -> None:
        """Put the diagnostic report into the clipboard."""
        QGuiApplication.clipboard().setText(report(self._workbench, engine_log()))
        self.problem.tell(COPIED)

    def ask_for_text(self) -> None:
        """Let the user type what shall stand after the selected token."""
        self.panes.side.show()
        self.next_token.window().activateWindow()
        self.next_token.field.setFocus()

    def continue_compared(self) -> None:
        """Continue all branches that are compared."""
        self.verbs.continue_all(self.compare.chosen(), self.next_token.growth.wish())

    def edit_note(self) -> None:
        """Ask for a note at the selected token."""
        node = self.selection.selected
        if node != ROOT:
            token = self._workbench.tree.token(node).piece.decode(errors="replace")
            text = self._workbench.notes.get(node, "")
            self.tree.note.edit(node, title=f"Note at {quoted(token)}", text=text)
