"""The verbs that put tokens into the tree, the user's own or the model's."""

from collections.abc import Callable, Sequence
from functools import partial

from core.branches import Role, name_after
from core.catching_up import Answered, catch_up, unasked
from core.continuing import (
    measure_growth,
    missing_route,
    most_distributions,
    plan_continuation,
    plan_growth,
)
from core.engine import Meter
from core.error_records import ErrorRecord
from core.error_records import made_by as made_by_errors
from core.forks import ForkSpec, tell
from core.generation import preview_text
from core.grafting import Run, equal_children, graft, join_into
from core.intake import (
    Cutting,
    Insertion,
    Placement,
    find_child,
    plant,
    plant_apart,
    plant_insertions,
)
from core.jobs import JobId, Work
from core.known_error import KnownError
from core.parallels import SplitAnew, plant_parallels, split_anew, text_to
from core.preamble_planting import plant_under, remembered, underlays
from core.preambles import Preamble, ReadAnew, read_anew
from core.products import Preview
from core.sampling import Sampler
from core.session import Deed
from core.tokens import Token, text_of
from core.tree import ROOT, NodeId, Origin
from core.workplace import Workplace

GROW = "grow"
"""What the growing of a tree is called, in the history and in the pace."""

ELSEWHERE = (
    "This session was read by another model or on another processor: what you select is read anew."
)
PLANTED = "Nothing new: these texts stand behind these preambles already."


class Planting(Workplace):
    """Each verb is one act in history; what the model has not read yet is read at once."""

    def preview(self, parent: NodeId, text: str, deliver: Callable[[Preview], None]) -> None:
        """Tell `deliver`, soon, how `text` would enter the tree; replaces an earlier wish."""
        for job, run in tuple(self._running.items()):
            if run.on_preview is not None:
                self._drop_job(job)
        path = [self.tree.token(node) for node in self.tree.path_to(parent)]
        self._submit(
            Deed("preview"), partial(preview_text, path=path, text=text), (parent,), preview=deliver
        )

    def start_prompt(
        self, tokens: Sequence[Token], *, name: str | None = None, made_by: str = ""
    ) -> NodeId:
        """Put a prompt at the root and return its tip; what others begin with too is shared.

        `made_by` is what the session shall remember of how it was written: `core.composing`.
        """
        if not tokens:
            return ROOT
        label = (name_after(text_of(tokens)) if name is None else name, Role.BASE)
        cutting = Cutting(tokens, Origin.PROMPT, label)
        nodes = plant(self._session, Deed("new prompt", made_by), ROOT, cutting)
        return self._planted(nodes[-1])

    def branch_here(self, parent: NodeId, token: Token) -> NodeId:
        """Put `token` after `parent` and return its node; an equal visible child is returned."""
        twin = find_child(self._session, parent, token, frozenset(Origin))
        if twin is not None:
            return twin
        deed = Deed(f"branch to {text_of([token])!r}")
        return self._planted(self._session.add(deed, parent, token, Origin.CHOSEN, own=None))

    def insert(
        self,
        parent: NodeId,
        tokens: Sequence[Token],
        *,
        role: Role = Role.ERROR,
        name: str | None = None,
        error: ErrorRecord | None = None,
    ) -> NodeId:
        """Put tokens after `parent` against the model's will, as a branch; return its tip."""
        if not tokens:
            return parent
        text = text_of(tokens)
        label = (name_after(text) if name is None else name, role)
        deed = Deed(f"insert {text!r}", made_by_errors(() if error is None else (error,)))
        nodes = plant(self._session, deed, parent, Cutting(tokens, Origin.INSERTED, label))
        return self._planted(nodes[-1])

    def insert_together(
        self, parent: NodeId, insertions: Sequence[Insertion], *, label: str
    ) -> tuple[NodeId, ...]:
        """Put several texts after `parent`, each as a branch, in one act; return their tips."""
        deed = Deed(label, made_by_errors(each.record for each in insertions))
        tips = plant_insertions(self._session, deed, parent, insertions)
        self._publish()
        if self._engine is not None and tips:
            self._read(tips)
        return tips

    def insert_apart(self, placements: Sequence[Placement], *, label: str) -> tuple[NodeId, ...]:
        """Put texts at places of their own, each as a branch, in one act; return their tips."""
        deed = Deed(label, made_by_errors(each.insertion.record for each in placements))
        tips = plant_apart(self._session, deed, placements)
        self._publish()
        if self._engine is not None and tips:
            self._read(tips)
        return tips

    def look_aside(
        self,
        label: str,
        work: Work,
        tips: Sequence[NodeId],
        deliver: Callable[[object], None],
        *,
        ended: Callable[[str | None], None] | None = None,
    ) -> JobId:
        """Run work that puts nothing into the tree; what it finds goes to `deliver`.

        `ended` hears why it ended before its time, None when it came to its end.
        """
        return self._submit(Deed(label), work, tips, aside=deliver, ended=ended)

    def edit(self, nodes: Sequence[NodeId], tip: NodeId, tokens: Sequence[Token]) -> NodeId:
        """Put `tokens` in the place of `nodes`, a run on the path to `tip`; return the new tip.

        It becomes a branch where it differs, the old one stays. What followed up to `tip` follows
        again, as new nodes that are read anew: after other text the old numbers are not theirs.
        Branches that begin there begin again, in the same parts. In a prompt it stays a prompt;
        elsewhere what the user put there is *inserted*.
        """
        tree = self.tree
        path = tree.path_to(tip)
        start = path.index(nodes[0])
        later = path[start + len(nodes) :]
        assert path[start : start + len(nodes)] == tuple(nodes), "a run on the path to the tip"
        origin = Origin.PROMPT if tree.origin(nodes[-1]) is Origin.PROMPT else Origin.INSERTED
        same = _alike([tree.token(node) for node in nodes], tokens)
        start, nodes, tokens = start + same, nodes[same:], tokens[same:]
        words = text_of(tokens)
        name = (
            name_after(words)
            if tokens
            else f"without {text_of([tree.token(each) for each in nodes[:1]])!r}"
        )
        run = [
            *(Run(token, origin) for token in tokens),
            *(self._again(node, origin, name) for node in later),
        ]
        if [each.token for each in run] == [tree.token(node) for node in path[start:]]:
            return tip
        role = Role.BASE if origin is Origin.PROMPT else Role.OTHER
        parent = path[start - 1] if start else ROOT
        grafted = graft(self._session, Deed(f"edit to {words!r}"), parent, run, (name, role))
        return self._planted(grafted[-1] if grafted else parent)

    def _again(self, node: NodeId, edited: Origin, name: str) -> Run:
        """Return a token that follows an edit, as the beginning of a branch where it is one."""
        branch = self._session.branches.get(node)
        own = None if branch is None else (f"{branch.name} · {name}", branch.role)
        return Run(self.tree.token(node), _forced(self.tree.origin(node), edited), own)

    def splice(self, tail: NodeId, onto: NodeId) -> NodeId:
        """Put the tokens from `tail` to its branch's tip after `onto` too; return the new tip.

        They come as a branch of new nodes, *inserted*, and are read anew after the other text.
        """
        nodes = [tail]
        while (after := self._session.branches.next_on_branch(nodes[-1])) is not None:
            nodes.append(after)
        tokens = [self.tree.token(node) for node in nodes]
        words = text_of(tokens)
        run = [Run(token, Origin.INSERTED) for token in tokens]
        label = (name_after(words), Role.OTHER)
        return self._planted(graft(self._session, Deed("splice"), onto, run, label)[-1])

    def plant_again(
        self, branches: Sequence[NodeId], deliver: Callable[[NodeId], None]
    ) -> JobId | None:
        """Plant the texts of branches anew from the root, in the attached model's own tokens.

        For branches of another vocabulary: their numbers stay with the model that read them, the
        new ones are read by this one. `deliver` hears the first new tip. Returns None, and says
        why, where a text cannot be split.
        """
        tips = [self._session.branches.tip_of(first) for first in branches]
        try:
            texts = tuple(text_to(self._session, tip) for tip in tips)
        except KnownError as error:
            self._session.change.problem = str(error)
            self._publish()
            return None
        found: list[SplitAnew] = []

        def take(split: object) -> None:
            if isinstance(split, SplitAnew):
                found.append(split)
            card = self._card
            if len(found) == len(tips) and card is not None:
                planted = plant_parallels(self._session, card, tips, found)
                self._publish()
                self._read(planted)
                deliver(planted[0])

        work = partial(split_anew, texts=texts)
        return self._submit(Deed("plant again"), work, (), aside=take)

    def put_under(self, tips: Sequence[NodeId], preambles: Sequence[Preamble]) -> JobId:
        """Plant the text to each tip anew behind each preamble, in one act.

        The text keeps its tokens and is read anew: after other text the old numbers are not its.
        What is remembered of an error in it is weighed at its new place, before it is planted.
        """
        texts = underlays(self._session, tips, preambles)

        def take(found: object) -> None:
            if isinstance(found, ReadAnew):
                before = len(self.tree)
                planted = plant_under(self._session, texts, found.records)
                if len(self.tree) == before:
                    self._session.change.news = PLANTED
                self._publish()
                self._read(planted)

        work = partial(read_anew, errors=tuple(remembered(self._session, texts)))
        return self._submit(Deed("put under preambles"), work, tips, aside=take)

    def join(self, parent: NodeId) -> int:
        """Make one of each set of equal visible children of `parent`, and of what follows them.

        One stays; what only the others have grows on it, readings, notes and tags along, and they
        are hidden. Branches with different parts in a comparison stay apart. Returns how many were
        joined.
        """
        deed = Deed("join")
        sets = equal_children(self._session, parent)
        for kept, *others in sets:
            for other in others:
                join_into(self._session, deed, other, kept)
        self._publish()
        return sum(len(children) - 1 for children in sets)

    def continue_from(
        self,
        tips: Sequence[NodeId],
        *,
        tokens: int | None,
        sampler: Sampler,
        seed: int,
        samples: int = 1,
    ) -> JobId:
        """Let the model go on after each tip, `samples` times, by up to `tokens` tokens.

        None: until it ends the text, or its context is full.
        Sample k of every tip draws with the same noise, so that a difference comes from the text.
        """
        limit = self._room(tips) if tokens is None else tokens
        plan = plan_continuation(
            self, tips, tokens=limit, sampler=sampler, seed=seed, samples=samples
        )
        return self._submit(
            Deed("continue"),
            plan.work,
            plan.tips,
            settings=plan.settings,
            total=0 if tokens is None else tokens * len(plan.tips),
            origin=Origin.GREEDY if sampler.is_greedy else Origin.SAMPLED,
            fans_out=samples > 1,
        )

    def grow(
        self,
        tip: NodeId,
        *,
        width: int,
        depth: int,
        least_probability: float = 0.0,
        top_p: float = 1.0,
    ) -> JobId:
        """Grow the tree of the `width` likeliest tokens after `tip`, `depth` distributions deep.

        Paths whose probability since `tip` falls below `least_probability` are not followed, nor
        tokens beyond the fewest likeliest ones that reach `top_p` together.
        """
        plan = plan_growth(
            self,
            tip,
            width=width,
            depth=depth,
            least_probability=least_probability,
            top_p=top_p,
        )
        is_whole = least_probability <= 0 and top_p >= 1  # otherwise nobody knows before
        total = most_distributions(width, depth, 0.0) if is_whole else 0
        return self._submit(Deed(GROW), plan.work, plan.tips, settings=plan.settings, total=total)

    def _room(self, tips: Sequence[NodeId]) -> int:
        """Return how many tokens the model can add after the deepest tip, at least one."""
        deepest = max((self.tree.depth(tip) for tip in tips), default=0)
        return max(1, self._card.context - deepest) if self._card is not None else 1

    def measure_growth(self, tip: NodeId, deliver: Callable[[object], None]) -> JobId:
        """Measure how fast a tree grows after `tip`, unless it is known; keep it in `pace`."""

        def take(meter: object) -> None:
            if isinstance(meter, Meter):
                self.pace.take(GROW, meter)
            deliver(meter)

        work = partial(measure_growth, path=self.tree.ids_to(tip))
        return self.look_aside("measure the speed", work, (tip,), take)

    def read(self, tip: NodeId) -> JobId:
        """Read every node on the path to `tip` whose exact reading is missing."""
        return self._read((tip,))

    def catch_up(self, most: int) -> JobId | None:
        """Read all that another model of these tokens has read here, when this one has read none.

        Its forks' probes are asked too. None when there is no such model, or the tree has more than
        `most` tokens, which is said.
        """
        card = self._card
        if card is None or self._engine is None or not self._session.is_new_to(card):
            return None
        if len(self.tree) > most:
            self._session.change.news = ELSEWHERE
            self._publish()
            return None

        def can_ask(node: NodeId) -> bool:
            return self.is_visible(node) and self.speaks(node)

        nodes = filter(can_ask, (node.id for node in self.tree))
        tips = [node for node in nodes if not self.visible_children(node)]
        routes = [missing_route(self, place, tip) for place, tip in enumerate(tips)]
        total = sum(len(route.path) - route.since for route in routes)
        if not total:
            return None
        number = self._session.model_number(card)
        probes = tuple(unasked(self._session, number, can_ask))

        def take(found: object) -> None:
            assert isinstance(found, Answered)
            self._session.put_belief(found.act, number, found.belief)

        work = partial(catch_up, routes=routes, probes=probes)
        return self._submit(Deed("read"), work, tips, total=total, aside=take)

    def tell_fork(self, spec: ForkSpec) -> JobId:
        """Tell the story of a fork: see `core.forks`."""
        return self._submit(
            Deed("tell the fork"),
            partial(tell, spec=spec),
            (),
            settings={"sampler": "greedy", "tokens": spec.tokens},
            origin=Origin.GREEDY,
            fork=spec,
        )


def _alike(one: Sequence[Token], other: Sequence[Token]) -> int:
    """Return how many tokens two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _forced(before: Origin, edited: Origin) -> Origin:
    """Return how a token that follows an edit came there: only a prompt's remains what it was."""
    keeps = before is Origin.PROMPT and edited is Origin.PROMPT
    return Origin.PROMPT if keeps else Origin.INSERTED
