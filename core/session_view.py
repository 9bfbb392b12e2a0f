"""What can be asked of an open session."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from core.branches import Branch, head_by_hand, heads_of
from core.comparison_findings import ComparisonFinding
from core.composing import Conversation, conversation_of
from core.engine import ModelCard
from core.error_records import ErrorRecord, digest_of, records_of
from core.forks import ForkShown, ForkSpec
from core.history import Act, Watched
from core.parallels import replanted_from
from core.readings import Readings, ReadingsOfMany
from core.session import Session
from core.spoken import Spoken
from core.streams import stream_of
from core.tree import ROOT, NodeId, TokenTree
from core.unhiding import hidden_after, was_undone
from core.view_state import ViewState


class SessionView:
    """A session as seen with one model, or with none: nothing here changes it."""

    def __init__(self) -> None:
        self._session = Session()
        self._card: ModelCard | None = None  # of the attached model
        self._spoken: Spoken | None = None  # by its vocabulary

    @property
    def tree(self) -> TokenTree:
        """All nodes, hidden ones included."""
        return self._session.tree

    @property
    def readings(self) -> Readings:
        """What the attached model thinks of the nodes; without one, what the last one thought.

        Where nodes are made of another vocabulary's tokens, it is what a model of that one thought.
        """
        own, card = self._session.readings_of(self._card), self.card
        others = [] if card is None else self._session.readings_in_other_words(card)
        return ReadingsOfMany(own, others, self.speaks) if others else own

    def reader_of(self, node: NodeId) -> ModelCard | None:
        """Return the model whose reading of a node is shown."""
        own, card = self._session.readings_of(self._card), self.card
        if card is None or own.row(node) is not None or self.speaks(node):
            return card
        return self._session.reader_in_other_words(card, node)

    def speaks(self, node: NodeId) -> bool:
        """Return whether the attached model has the tokens on the path to `node`."""
        if self._spoken is None or self._spoken.tree is not self.tree:
            return False
        return self._spoken.holds(node)

    @property
    def speaks_all(self) -> bool:
        """Whether the attached model has the tokens of every node, found without a walk."""
        return self.speaks(ROOT) and self._spoken is not None and self._spoken.holds_all()

    def replanted_from(self, branch: NodeId) -> NodeId | None:
        """Return the branch whose text this one tells in another model's tokens, if it does."""
        return replanted_from(self._session, branch)

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

    @property
    def fork_specs(self) -> list[ForkSpec]:
        """All facts that were told."""
        return self._session.fork_specs

    def fork_among(self, firsts: Sequence[NodeId]) -> ForkShown | None:
        """Return the fork that most of these branches are of; None when they are of none."""
        return self._session.fork_among(firsts, self._card)

    def is_visible(self, node: NodeId) -> bool:
        """Return whether neither `node` nor anything before it is hidden."""
        return self._session.visibility.is_visible(node)

    def hidden_flags(self) -> bytes:
        """Return for every node, ROOT first, 1 where it is out of sight and 0 where it is seen."""
        return self._session.visibility.hidden_flags()

    def visible_children(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the visible children of `node`, oldest first."""
        return self._session.visibility.children(node)

    def hidden_after(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the tokens right after `node` that are hidden and can be shown, oldest first."""
        return hidden_after(self._session, node)

    def was_undone(self, node: NodeId) -> bool:
        """Return whether a token is hidden because what made it was undone."""
        return was_undone(self._session, node)

    def branch_of(self, node: NodeId) -> Branch | None:
        """Return the branch that `node` is on; ROOT is on none."""
        return self._session.branches.branch_of(node)

    def tip_of(self, branch: NodeId) -> NodeId:
        """Return the last node of the branch that starts at `branch`."""
        return self._session.branches.tip_of(branch)

    def end_of(self, node: NodeId) -> NodeId:
        """Return where the text with `node` ends: branches that follow alone belong to it."""
        return self._session.branches.end_of(node)

    def nodes_of(self, branch: NodeId) -> tuple[NodeId, ...]:
        """Return the nodes of the branch that starts at `branch`, first to tip."""
        return self._session.branches.nodes_of(branch)

    def walk(self, branch: NodeId) -> Iterator[NodeId]:
        """Yield the same one by one, for who only needs the first few."""
        return self._session.branches.walk(branch)

    def error_of(self, branch: NodeId) -> ErrorRecord | None:
        """Return what is remembered of the text that was inserted at `branch`, if anything."""
        return error_at(self._session, branch)

    def conversation_of(self, node: NodeId) -> Conversation | None:
        """Return the turns that the prompt before `node` was composed of, if it was."""
        tree, history = self.tree, self._session.history
        acts = dict.fromkeys(tree.act(each) for each in reversed(tree.path_to(node)))
        found = (conversation_of(history[act].made_by) for act in acts if act in history)
        return next((turns for turns in found if turns is not None), None)

    def head_of(self, branch: NodeId) -> NodeId:
        """Return the last node of what was put there by hand where `branch` starts."""
        return self.head_nodes(branch)[-1]

    def head_nodes(self, branch: NodeId) -> tuple[NodeId, ...]:
        """Return the nodes that were put there by hand where `branch` starts, at least one."""
        return head_at(self._session, branch)

    def maker_of(self, node: NodeId) -> Act | None:
        """Return the act that made a node: when it was, and what a model was asked for it."""
        act = self.tree.act(node)
        history = self._session.history
        if act not in history:
            return None
        return history[act]

    def stream_of(self, node: NodeId) -> int | None:
        """Return the number of the noise that drew a node; None where nothing did, or unkept."""
        act = self.maker_of(node)
        return None if act is None else stream_of(self.tree, act.made_by, node)

    def model_card(self, number: int) -> ModelCard | None:
        """Return the model that acts and readings name by this number, if there is one."""
        is_known = 0 < number <= self._session.model_count
        return self._session.card_of(number) if is_known else None

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
    def folded(self) -> frozenset[NodeId]:
        """The nodes after which everything is folded away, hidden ones included."""
        return frozenset(self._session.folded)

    def is_folded(self, node: NodeId) -> bool:
        """Return whether everything after `node` is folded away."""
        return node in self._session.folded

    @property
    def hoisted(self) -> NodeId:
        """The node whose subtree alone is looked at; ROOT when it is the whole tree."""
        node = self._session.hoisted
        return node if node != ROOT and self.is_visible(node) else ROOT

    @property
    def watched(self) -> Watched:
        """The truths and errors that the user looks out for."""
        return self._session.watched

    @property
    def kept_comparisons(self) -> Sequence[ComparisonFinding]:
        """The comparisons that the user kept, oldest first."""
        return self._session.kept

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
    told = records_of(session.history[tree.act(branch)].made_by)
    here = [record for record in told if record.depth == depth]
    if not here:  # most branches: they need not be walked
        return None
    ids = _first_ids(session, branch, max(len(record.ids) for record in here))
    fitting = [record for record in here if record.ids == ids[: len(record.ids)]]
    same_role = [one for one in fitting if shown is not None and one.role is shown.role]
    found = same_role or fitting
    if len(found) > 1:  # after several texts of the same length
        after = digest_of(tree.ids_to(tree.parent(branch)))
        found = [one for one in found if one.after == after] or found
    return next(iter(found), None)


def head_at(session: Session, branch: NodeId) -> tuple[NodeId, ...]:
    """Return the nodes put where `branch` starts by hand, or that its act remembers as its head."""
    tree, history = session.tree, session.history
    act, walk = tree.act(branch), session.branches.walk(branch)
    heads = heads_of(history[act].made_by) if act in history else ()
    if heads:
        ids = _first_ids(session, branch, max(map(len, heads)))
        length = max((len(head) for head in heads if head == ids[: len(head)]), default=0)
        if length:
            return tuple(islice(walk, length))
    return head_by_hand(tree, walk)


def _first_ids(session: Session, branch: NodeId, most: int) -> tuple[int, ...]:
    """Return the token ids that a branch begins with, up to `most`."""
    nodes = islice(session.branches.walk(branch), most)
    return tuple(int(session.tree.token(node).id) for node in nodes)
