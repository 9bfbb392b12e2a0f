"""Keeps how the window's views stand in the session, and lets them stand so again."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, SignalInstance

from core.tree import ROOT, TokenTree
from core.view_state import ViewState, view_to_json
from core.workbench import Change, Workbench
from gui.observing import observe
from gui.selection import Selection

WAIT_MS = 400
"""How long the views must stand still before they are kept: a scroll is one change, not fifty."""


class KeptView(Protocol):
    """A view that can say how it stands, and stand so again."""

    def view_state(self) -> ViewState:
        """Return how it stands, in the version that `restore_view` reads."""
        ...

    def restore_view(self, state: ViewState) -> None:
        """Stand as a state of the same version says, as far as it can be done."""
        ...


@dataclass(slots=True)
class _Kept:
    key: str
    view: KeptView
    version: int
    known: str = ""  # how it stood when it was kept, restored or first seen


class ViewKeeping(QObject):
    """Watches views by name. Opening a session writes nothing: only what the user moves is kept."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._kept: list[_Kept] = []
        self._tree: TokenTree | None = None
        self._is_restoring = False
        self._later = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._later.timeout.connect(self.keep)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._settle)
        observe(workbench, self, self._on_change)

    def watch(self, key: str, view: KeptView, *signals: SignalInstance) -> None:
        """Keep `view` under `key` a moment after any of `signals`, and restore what was kept.

        Views are restored in the order in which they were named here.
        """
        self._kept.append(_Kept(key, view, view.view_state().version))
        for signal in signals:
            signal.connect(self.mark)
        self._restore(self._kept[-1:])

    def mark(self, *_of_signal: object) -> None:
        """Take note that some view was moved."""
        if not self._is_restoring and not self._soon.isActive():
            self._later.start()

    def flush(self) -> None:
        """Keep now what waits to be kept: the window closes, or the session goes elsewhere."""
        if self._later.isActive():
            self.keep()

    def keep(self) -> None:
        """Write down how the views stand, where that is something new."""
        self._later.stop()
        if self._tree is not self._workbench.tree:
            return
        for kept in self._kept:
            state = kept.view.view_state()
            now = view_to_json(state)
            if now != kept.known:
                kept.known = now
                self._workbench.keep_view(kept.key, state)

    def _restore(self, some: list[_Kept]) -> None:
        """Restore at once, so that nothing else is seen; and again when all has its place."""
        self._later.stop()
        self._tree = self._workbench.tree
        self._is_restoring = True
        try:
            for kept in some:
                state = self._workbench.view(kept.key, kept.version)
                if state is not None:
                    kept.view.restore_view(state)
        finally:
            self._is_restoring = False
        self._soon.start()

    def _settle(self) -> None:
        self._restore(self._kept)
        self._soon.stop()
        for kept in self._kept:
            kept.known = view_to_json(kept.view.view_state())

    def _on_change(self, change: Change) -> None:
        if change.reset and self._tree is not self._workbench.tree:
            self._restore(self._kept)
        elif change.branches or change.hidden or change.shown:
            self.mark()  # what is compared may be others now


class KeptSelection:
    """The selected token, as something that is kept."""

    def __init__(self, workbench: Workbench, selection: Selection) -> None:
        self._workbench = workbench
        self._selection = selection

    def view_state(self) -> ViewState:
        """Return which token is selected."""
        node = self._selection.selected
        return ViewState(1, nodes={"selected": () if node == ROOT else (node,)})

    def restore_view(self, state: ViewState) -> None:
        """Select a token again, if it is still in sight."""
        node = state.node("selected")
        if node is not None and self._workbench.is_visible(node):
            self._selection.select(node)
