"""The comparison as something that is kept: which branches, in which view, asked for what.

What a view measured is not: it is computed again when the user asks.
"""

from PySide6.QtCore import QObject, Signal

from core.view_state import ViewState
from gui.compare_panel import VIEWS, ComparePanel
from gui.kept_fields import KeptFields, public_fields


class KeptComparison(QObject):
    """Reads and sets a comparison panel. Says `moved` when the user changed something in it.

    Every public field of a view is kept under the name that the view gives it, so that a view with
    another field, or another view, needs nothing here.
    """

    moved = Signal()

    def __init__(self, panel: ComparePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._seen: dict[str, KeptFields] = {}
        self._unseen: dict[str, object] = {}  # what is kept of views that were not shown yet
        panel.moved.connect(self._on_moved)
        self._see()

    def view_state(self) -> ViewState:
        """Return which branches are compared, and how."""
        seen = {name: dict(kept.view_state().values) for name, kept in self._seen.items()}
        values = {"view": self._panel.view, "fields": self._unseen | seen}
        return ViewState(1, values, {"branches": tuple(self._panel.chosen())})

    def restore_view(self, state: ViewState) -> None:
        """Compare the same branches in the same way, those that are still in sight."""
        fields = state.part("fields")
        self._unseen = {name: fields.values[name] for name in VIEWS if name in fields.values}
        self._panel.choose(state.nodes.get("branches", ()))
        for name, kept in self._seen.items():
            kept.restore_view(fields.part(name))
        name = state.value("view", self._panel.view)
        if name in VIEWS and name != self._panel.view:
            self._panel.show_view(name)

    def _see(self) -> None:
        name = self._panel.view
        if name not in self._seen:
            view = self._panel.current()
            kept = self._seen[name] = KeptFields(public_fields(view), self.moved)
            kept.restore_view(ViewState(1, self._unseen).part(name))

    def _on_moved(self) -> None:
        self._see()
        self.moved.emit()
