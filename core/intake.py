"""Brings tokens and what jobs produce into a session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from core.branches import Role, name_after, name_of_token
from core.engine import End, Growth, ModelCard
from core.error_records import ErrorRecord
from core.forks import Belief, ForkSpec
from core.generation import context_full
from core.history import Hidden
from core.products import (
    Aside,
    Believed,
    Forked,
    Grew,
    Halted,
    Place,
    Planted,
    Preview,
    Product,
    Proved,
    ReadAt,
    Spent,
    Withdrew,
)
from core.session import BranchLabel, Deed, Session
from core.streams import with_chain
from core.tokens import Token, Vocabulary, text_of
from core.tree import ROOT, ActId, NodeId, Origin

NOTHING_NEW = "Nothing new: the model would write again what stands there already."
ALIKE = (
    "is word for word another one: it stands in the tree once.",
    "are word for word others: each text stands in the tree once.",
)
MODEL_WROTE = frozenset({Origin.SAMPLED, Origin.GREEDY, Origin.CHOSEN})
"""Nodes that a model's own new token may join; what was inserted keeps its mark and its place."""


@dataclass(frozen=True, slots=True)
class Unproved:
    """A path's tokens from `index` on are drafts of a continuation."""

    growth: Growth
    index: int


@dataclass(slots=True)
class Running:
    """A job on its way: whose it is, and where in the tree its places are.

    `on_end` hears the problem that ended the job, None when it came to its end.
    `latest` is the newest node that each place added.
    With `fans_out`, what grows at the `tips` starts branches even where it could go on.
    `drafts` are the ends of paths that still want their proof; a job that `proves` only does that.
    `seconds_left` is what the work says of itself, where it knows better than a share of `total`.
    """

    deed: Deed
    card: ModelCard
    vocabulary: Vocabulary
    places: dict[Place, list[NodeId]]
    total: int
    origin: Origin = Origin.SAMPLED
    fans_out: bool = False
    fork: ForkSpec | None = None
    on_preview: Callable[[Preview], None] | None = None
    on_aside: Callable[[object], None] | None = None
    on_end: Callable[[str | None], None] | None = None
    done: int = 0
    seconds_left: float | None = None
    firsts: dict[Place, NodeId] = field(default_factory=dict[Place, NodeId])
    tips: frozenset[NodeId] = frozenset()
    grown: int = 0
    latest: dict[Place, NodeId] = field(default_factory=dict[Place, NodeId])
    drafts: dict[Place, Unproved] = field(default_factory=dict[Place, Unproved])
    proves: bool = False
    is_full: bool = False

    @property
    def is_to_act(self) -> bool:
        """Whether it is going to write down what the model makes, and has not begun to."""
        return bool(self.deed.made_by) and self.deed.act is None

    @property
    def news(self) -> str | None:
        """Say why less is seen than the model wrote: texts that are alike stand there once."""
        if not self.grown or self.is_full:
            return None
        if self.deed.act is None:
            return NOTHING_NEW
        ends = [path[-1] for path in self.places.values()]
        alike = len(ends) - len(set(ends)) if self.origin is Origin.SAMPLED else 0
        return f"{alike} of {len(ends)} samples {ALIKE[alike > 1]}" if alike else None


@dataclass(frozen=True, slots=True)
class Cutting:
    """Tokens that are to be planted, whose they are, and the branch that starts with them."""

    tokens: Sequence[Token]
    origin: Origin
    label: BranchLabel | None


def plant(session: Session, deed: Deed, parent: NodeId, cutting: Cutting) -> tuple[NodeId, ...]:
    """Put tokens after `parent` and return their nodes, sharing equal ones that are visible.

    A prompt shares the beginning of others; anything with a role only shares all or nothing, so
    that its branch starts where its text starts.
    """
    tokens, origin, label = cutting.tokens, cutting.origin, cutting.label
    is_prompt = origin is Origin.PROMPT
    nodes = _walk(session, parent, tokens, origin) if is_prompt else _twin(session, parent, cutting)
    here = nodes[-1] if nodes else parent
    for token in tokens[len(nodes) :]:
        is_first = len(nodes) == 0 or (is_prompt and session.branches.starts_branch(here, origin))
        here = session.add(deed, here, token, origin, own=label if is_first else None)
        nodes.append(here)
    return tuple(nodes)


@dataclass(frozen=True, slots=True)
class Insertion:
    """A text to be inserted: its tokens, the name of its branch, and what is known of it."""

    tokens: tuple[Token, ...]
    name: str
    record: ErrorRecord


def plant_insertions(
    session: Session, deed: Deed, parent: NodeId, insertions: Sequence[Insertion]
) -> tuple[NodeId, ...]:
    """Plant each as a branch of its record's role; return their tips. The right one is chosen."""
    tips: list[NodeId] = []
    for each in insertions:
        role = each.record.role
        origin = Origin.CHOSEN if role is Role.CLEAN else Origin.INSERTED
        cutting = Cutting(each.tokens, origin, (each.name, role))
        tips.append(plant(session, deed, parent, cutting)[-1])
    return tuple(tips)


@dataclass(frozen=True, slots=True)
class Placement:
    """An insertion and where it goes: after `parent`, and after `opening` where that has tokens."""

    parent: NodeId
    opening: tuple[Token, ...]
    insertion: Insertion


def plant_apart(
    session: Session, deed: Deed, placements: Sequence[Placement]
) -> tuple[NodeId, ...]:
    """Plant insertions at places of their own; return their tips. An opening is a prompt."""
    tips: list[NodeId] = []
    for each in placements:
        parent = each.parent
        if each.opening:
            name = name_after(text_of([one for one in each.opening if not one.special]))
            cutting = Cutting(each.opening, Origin.PROMPT, (name, Role.BASE))
            parent = plant(session, deed, parent, cutting)[-1]
        tips += plant_insertions(session, deed, parent, (each.insertion,))
    return tuple(tips)


def _twin(session: Session, parent: NodeId, cutting: Cutting) -> list[NodeId]:
    """Return the nodes of the same text after `parent`, of a branch with the same role, if any.

    Texts that differ later, or play another role, may begin with the same token beside it.
    """
    tokens, origin, label = cutting.tokens, cutting.origin, cutting.label
    for child in session.visibility.children(parent):
        if session.tree.token(child) != tokens[0] or session.tree.origin(child) is not origin:
            continue
        branch = session.branches.get(child)
        if label is None or (branch is not None and branch.role is label[1]):
            nodes = [child, *_walk(session, child, tokens[1:], origin)]
            if len(nodes) == len(tokens):
                return nodes
    return []


def _walk(
    session: Session, parent: NodeId, tokens: Sequence[Token], origin: Origin
) -> list[NodeId]:
    nodes: list[NodeId] = []
    for token in tokens:
        here = nodes[-1] if nodes else parent
        twin = find_child(session, here, token, frozenset({origin}))
        if twin is None:
            break
        nodes.append(twin)
    return nodes


def find_child(
    session: Session, parent: NodeId, token: Token, origins: frozenset[Origin]
) -> NodeId | None:
    """Return the visible child of `parent` that holds `token` and has one of `origins`."""
    for child in session.visibility.children(parent):
        if session.tree.token(child) == token and session.tree.origin(child) in origins:
            return child
    return None


def take(session: Session, running: Running, product: Product) -> None:  # noqa: C901, PLR0912 - one branch for each product
    """Bring one product of a job into the session."""
    match product:
        case Planted():
            _take_planted(session, running, product)
        case ReadAt(place, index, scored, expects):
            node = running.places[place][index]
            number = session.model_number(running.card)
            session.keep_pieces(number, expects, running.vocabulary)
            session.put_reading(number, node, scored, expects)
            running.done += expects is not None
        case Grew():
            _take_grown(session, running, product)
        case Proved():
            _take_proved(session, running, product)
        case Withdrew():
            _take_withdrawn(session, running, product)
        case Forked():
            _take_forked(session, running, product)
        case Believed(place, probe, truth, error, distance):
            act = session.act_of(running.deed)
            belief = Belief(running.firsts[place], probe, truth, error, distance)
            session.put_belief(act, session.model_number(running.card), belief)
        case Preview():
            if running.on_preview is not None:
                running.on_preview(product)
        case Aside(found):
            if running.on_aside is not None:
                running.on_aside(found)
        case Halted(_, End.CONTEXT_FULL) if not running.is_full:  # said once
            running.is_full = True
            session.change.problem = context_full(running.card)
        case Halted() | Spent():
            pass


def _take_planted(session: Session, running: Running, planted: Planted) -> None:
    if running.fork is not None and running.deed.act is None:
        session.start_fork(running.deed, running.fork)
    before = [] if planted.after is None else running.places[planted.after]
    parent = before[-1] if before else ROOT
    label = None if planted.role is None else (planted.name or "", planted.role)
    nodes = plant(session, running.deed, parent, Cutting(planted.tokens, planted.origin, label))
    running.places[planted.place] = [*before, *nodes]
    branch = session.branches.branch_of(nodes[-1])
    assert branch is not None, "every node is on a branch"
    running.firsts[planted.place] = branch.first
    if running.fork is not None and planted.role is not None:
        session.put_fork_branch(session.act_of(running.deed), planted.role, branch.first)


def _take_grown(session: Session, running: Running, grew: Grew) -> None:
    path = running.places[grew.place]
    parent = path[-1]
    token = running.vocabulary[grew.token.id]
    node = find_child(session, parent, token, MODEL_WROTE)
    if node is None:
        own = None
        if running.fans_out and parent in running.tips:
            own = (name_of_token(token), Role.OTHER)
        node = session.add(running.deed, parent, token, running.origin, own=own)
        if running.origin is Origin.SAMPLED:
            if running.latest.get(grew.place) != parent:
                _keep_chain(session, session.act_of(running.deed), grew.place, node)
            running.latest[grew.place] = node
            if grew.drawn_logprob is not None:
                session.put_drawn(node, grew.drawn_logprob)
    if grew.draft_of is not None:
        running.drafts.setdefault(grew.place, Unproved(grew.draft_of, len(path)))
    path.append(node)
    number = session.model_number(running.card)
    session.keep_pieces(number, grew.expects, running.vocabulary)
    session.put_reading(number, node, grew.token, grew.expects)
    running.done += 1
    running.grown += 1


def _take_proved(session: Session, running: Running, proved: Proved) -> None:
    unproved = running.drafts.pop(proved.place)
    if proved.index + 1 < len(running.places[proved.place]):
        running.drafts[proved.place] = replace(unproved, index=proved.index + 1)
    if running.proves:
        running.done += 1
    node = running.places[proved.place][proved.index]
    number = session.model_number(running.card)
    session.keep_pieces(number, proved.expects, running.vocabulary)
    session.put_reading(number, node, proved.token, proved.expects)
    if node in session.drawn and session.tree.act(node) == running.deed.act:
        session.put_drawn(node, proved.drawn_logprob)


def _take_withdrawn(session: Session, running: Running, withdrew: Withdrew) -> None:
    if not running.proves:
        running.done -= len(running.places[withdrew.place]) - withdrew.index
    _take_back(session, running, withdrew.place, withdrew.index)


def _take_back(session: Session, running: Running, place: Place, index: int) -> None:
    """End a path before its drafts from `index` on, and hide them.

    They stay where another path of this act shares them, or where another act made them or has gone
    on from them: nobody's work goes with a draft.
    """
    path = running.places[place]
    node = path[index]
    running.drafts.pop(place, None)
    del path[index:]
    act = running.deed.act
    tree = session.tree
    sharing = [p for p, other in running.places.items() if other[index : index + 1] == [node]]
    is_own = act is not None and all(tree.act(below) == act for below in tree.subtree(node))
    if is_own and not sharing:
        session.do(running.deed, Hidden((node,)))
    elif act is not None and sharing and tree.act(node) == act:
        _keep_chain(session, act, sharing[0], node)


def _keep_chain(session: Session, act: ActId, place: Place, node: NodeId) -> None:
    """Remember that what `place` draws from `node` on is its own."""
    session.tell(act, with_chain(session.history[act].made_by, place, node))


def take_back_drafts(session: Session, running: Running) -> None:
    """End every path before what nobody will prove any more."""
    for place, unproved in tuple(running.drafts.items()):
        _take_back(session, running, place, unproved.index)


def _take_forked(session: Session, running: Running, forked: Forked) -> None:
    """Join the tree of the likeliest tokens: the likeliest of all is *greedy*, others *chosen*."""
    parent = running.places[forked.after][-1]
    token = running.vocabulary[forked.token.id]
    node = find_child(session, parent, token, MODEL_WROTE)
    if node is None:
        origin = Origin.GREEDY if forked.token.rank == 1 else Origin.CHOSEN
        node = session.add(running.deed, parent, token, origin, own=None)
    running.places[forked.place] = [node]
    number = session.model_number(running.card)
    session.keep_pieces(number, forked.expects, running.vocabulary)
    session.put_reading(number, node, forked.token, forked.expects)
    running.done += 1
    running.grown += 1
