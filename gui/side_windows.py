"""The windows beside the main one: dialogs and sheets, built when they are first asked for."""

from collections.abc import Callable, Mapping
from functools import cached_property

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.workbench import Workbench
from gui.composer import Composer
from gui.error_dialog import ErrorDialog
from gui.glossary import glossary
from gui.key_book import KeyBook
from gui.key_editor import KeyEditor
from gui.key_sheet import about, key_sheet
from gui.look import Look
from gui.preamble_dialog import PreambleDialog
from gui.resources import shipped_facts
from gui.sampler_choice import SamplerChoice
from gui.sampler_dialog import SamplerDialog
from gui.selection import Selection
from gui.verify_dialog import VerifyDialog


class SideWindows(QObject):
    """Each of them is there once: asked for again, the one that stands open comes to the front.

    Says `prompt_composed` with a `Composed`, `error_inserted`, and in sentences what
    went wrong (`problem_met`) and what nothing else shows (`told`).
    """

    prompt_composed = Signal(object)
    error_inserted = Signal()
    problem_met = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        sampler: SamplerChoice,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._sampler = sampler
        self._window = window
        self._sheets: dict[str, QWidget] = {}
        self._lent: tuple[QAction, ...] = ()

    def lend(self, *actions: QAction) -> None:
        """Let the keys of these actions work in the windows beside the main one too."""
        self._lent = actions

    # dialogs that keep what was filled in

    @cached_property
    def errors(self) -> ErrorDialog:
        """Errors and their controls."""
        dialog = ErrorDialog(
            self._workbench, self._selection, self._look, shipped_facts, self._window
        )
        dialog.inserted.connect(self.error_inserted)
        dialog.all.problem_met.connect(self.problem_met)
        dialog.sweep.problem_met.connect(self.problem_met)
        dialog.sweep.told.connect(self.told)
        dialog.sweep.export.told.connect(self.told)
        return dialog

    @cached_property
    def composer(self) -> Composer:
        """A new prompt, as text or as turns."""
        dialog = Composer(self._workbench, self._look, self._window)
        dialog.prompt_composed.connect(self.prompt_composed)
        return dialog

    @cached_property
    def preambles(self) -> PreambleDialog:
        """The same branch under several preambles."""
        return PreambleDialog(self._workbench, self._selection, self._look, self._window)

    @cached_property
    def sampler(self) -> SamplerDialog:
        """All settings of the sampler."""
        return SamplerDialog(self._sampler, self._window)

    def compose(self) -> None:
        """Ask for a new prompt."""
        self.composer.open_with(self._selection.selected)
        self._come_forward(self.composer)

    def show_errors(self) -> None:
        """Show the errors that are proposed for the selected place."""
        self.errors.open_at(self._selection.selected)
        self._come_forward(self.errors)

    def show_error_list(self) -> None:
        """Show all errors of the tree."""
        self.errors.open_list()
        self._come_forward(self.errors)

    def show_preambles(self) -> None:
        """Ask under which texts the branch shall be read."""
        self.preambles.open_here()
        self._come_forward(self.preambles)

    def show_sampler(self) -> None:
        """Show the sampler's settings."""
        self._come_forward(self.sampler)

    # windows that go for good when they are closed

    def show_keys(self, actions: Mapping[str, QAction], keys: KeyBook) -> None:
        """Show the sheet of keys."""
        self._show("keys", lambda: key_sheet(self._window, actions, keys))

    def show_key_editor(self, actions: Mapping[str, QAction], keys: KeyBook) -> None:
        """Let keys be changed."""
        self._show("key editor", lambda: KeyEditor(keys, actions, self._window))

    def show_words(self) -> None:
        """Show what words and numbers mean."""
        self._show("words", lambda: glossary(self._window))

    def show_about(self) -> None:
        """Show what this program is."""
        self._show("about", lambda: about(self._window))

    def verify(self) -> None:
        """Offer to compute stored numbers again."""
        self._show("verify", lambda: VerifyDialog(self._workbench, self._window))

    def _show(self, name: str, build: Callable[[], QWidget]) -> None:
        sheet = self._sheets.get(name)
        # one that was closed is on its way out, even while it is still there
        if sheet is None or not shiboken6.isValid(sheet) or sheet.isHidden():
            sheet = self._sheets[name] = build()
        self._come_forward(sheet)

    def _come_forward(self, window: QWidget) -> None:
        window.addActions(self._lent)
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.activateWindow()  # window managers raise what they activate
