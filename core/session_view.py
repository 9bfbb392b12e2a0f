"""What can be asked of an open session."""

from collections.abc import Mapping

from core.branches import Branch, head_length, head_made_by
from core.engine import ModelCard
from core.error_records import ErrorRecord, records_of
from core.forks import ForkShown
from core.history import Watched
from core.readings import Readings
from core.session import Session
from core.tree import NodeId, TokenTree
from core.view_state import ViewState


class SessionView:
    """A session as seen with one model, or with none: nothing here changes it."""

    def __init__(self) -> None:
        self._session = Session()
        self._card: ModelCard | None = None  # of the attached model

    @property
    def tree(self) -> TokenTree:
        """All nodes, hidden ones included."""
        return self._session.tree

    @property
    def readings(self) -> Readings:
        """What the attached model thinks of the nodes; without one, what the last one thought."""
        return self._session.readings_of(self._card)

    @property
    def card(self) -> ModelCard | None:
        """The model that `readings` are of."""
        return self._card or self._session.last_card()

    @property
    def branches(self) -> Mapping[NodeId, Branch]:
        """The visible branches by first node, in order of creation."""
        return self._session.branches.visible()

    @property
    def fork(self) -> ForkShown | None:
        """The fork that is shown."""
        return self._session.fork_shown(self._card)

    def is_visible(self, node: NodeId) -> bool:
        """Return whether neither `node` nor anything before it is hidden."""
        return self._session.visibility.is_visible(node)

    def visible_children(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the visible children of `node`, oldest first."""
        return self._session.visibility.children(node)

    def branch_of(self, node: NodeId) -> Branch | None:
        """Return the branch that `node` is on; ROOT is on none."""
        return self._session.branches.branch_of(node)

    def tip_of(self, branch: NodeId) -> NodeId:
        """Return the last node of the branch that starts at `branch`."""
        return self._session.branches.tip_of(branch)

    def nodes_of(self, branch: NodeId) -> tuple[NodeId, ...]:
        """Return the nodes of the branch that starts at `branch`, first to tip."""
        return self._session.branches.nodes_of(branch)

    def error_of(self, branch: NodeId) -> ErrorRecord | None:
        """Return what is remembered of the text that was inserted at `branch`, if anything."""
        return error_at(self._session, branch)

    def head_of(self, branch: NodeId) -> NodeId:
        """Return the last node of what was put there by hand where `branch` starts."""
        tree, history, nodes = self.tree, self._session.history, self.nodes_of(branch)
        length = None
        if tree.act(branch) in history:
            ids = [int(tree.token(node).id) for node in nodes]
            length = head_made_by(history[tree.act(branch)].made_by, ids)
        return nodes[(length or head_length(tree, nodes)) - 1]

    @property
    def bookmarks(self) -> tuple[NodeId, ...]:
        """The bookmarked nodes, oldest bookmark first, hidden ones included."""
        return tuple(self._session.bookmarks)

    @property
    def notes(self) -> Mapping[NodeId, str]:
        """The notes by node."""
        return self._session.notes

    @property
    def tags(self) -> Mapping[NodeId, tuple[str, ...]]:
        """The tags by node."""
        return self._session.tags

    @property
    def watched(self) -> Watched:
        """The truths and errors that the user looks out for."""
        return self._session.watched

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self._session.history.undo_label

    @property
    def redo_label(self) -> str | None:
        """What redo would do again."""
        return self._session.history.redo_label

    def setting(self, key: str) -> str | None:
        """Return what the session remembers under `key`."""
        return self._session.settings.get(key)

    def drawn_logprob(self, node: NodeId) -> float | None:
        """Return the log-probability (nats) at which a sampler drew a node, after its filters."""
        return self._session.drawn.get(node)

    def view(self, key: str, version: int) -> ViewState | None:
        """Return how the view `key` stood when it was kept last; None for another version."""
        state = self._session.views.get(key)
        return state if state is not None and state.version == version else None


def error_at(session: Session, branch: NodeId) -> ErrorRecord | None:
    """Return the record of the text inserted at `branch`: of its own role, if there are several."""
    tree = session.tree
    if branch not in tree or tree.act(branch) not in session.history:
        return None
    depth, shown = tree.depth(branch) - 1, session.branches.get(branch)
    ids = tuple(int(tree.token(node).id) for node in session.branches.nodes_of(branch))
    fitting = [
        record
        for record in records_of(session.history[tree.act(branch)].made_by)
        if record.depth == depth and record.ids == ids[: len(record.ids)]
    ]
    same_role = [one for one in fitting if shown is not None and one.role is shown.role]
    return next(iter(same_role or fitting), None)
