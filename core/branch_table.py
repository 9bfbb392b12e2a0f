"""Branches token by token: what stands where, how likely it was, and how far from a reference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.aligning import Alignment, Row, align, align_bytes
from core.readings import Readings
from core.tokens import Token
from core.tree import ROOT, NodeId, Origin, TokenTree


@dataclass(frozen=True, slots=True)
class Cell:
    """A token of a branch; numbers are None where it is unread or not read exactly.

    `logprob` in nats and `rank` under what is before it in its own branch; `entropy` in nats is of
    what was expected there. `change` and `rank_change` are against the reference's token in the
    row, and None where there is none.
    """

    node: NodeId
    token: Token
    logprob: float | None
    rank: int | None
    entropy: float | None
    change: float | None
    rank_change: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all tokens of a branch: `read` of `tokens` are summed. Perplexity: exp(-ln p / read)."""

    tokens: int
    read: int
    logprob: float

    @property
    def bits(self) -> float:
        """The surprise of all of them."""
        return -self.logprob / math.log(2)

    @property
    def perplexity(self) -> float | None:
        """The perplexity per token, None when nothing was read."""
        return math.exp(min(-self.logprob / self.read, 700.0)) if self.read else None


@dataclass(frozen=True, slots=True)
class BranchTable:
    """Rows of cells, one for each branch, the reference first.

    `parted` is the row in which a branch first differs from the reference, None for the reference
    and for a branch that never does. Aligned from the end, a shorter branch does not differ before
    its first token.
    """

    branches: tuple[NodeId, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    totals: tuple[Totals, ...]
    parted: tuple[int | None, ...]


def tabulate(
    tree: TokenTree,
    readings: Readings,
    branches: Sequence[tuple[NodeId, Sequence[NodeId]]],
    how: Alignment,
) -> BranchTable:
    """Return the table of branches, given by their first node and all their nodes."""
    runs = [nodes for _, nodes in branches]
    ids = [[int(tree.token(node).id) for node in nodes] for nodes in runs]
    plain = [[_cell(tree, readings, node) for node in nodes] for nodes in runs]
    rows: list[tuple[Cell | None, ...]] = []
    placed = _by_bytes(tree, runs) if how is Alignment.BYTES else align(ids, how)
    for row in placed:
        cells = [None if at is None else plain[n][at] for n, at in enumerate(row)]
        rows.append(
            tuple(_against(cell, cells[0], how, is_first=n == 0) for n, cell in enumerate(cells))
        )
    return BranchTable(
        tuple(first for first, _ in branches),
        tuple(rows),
        tuple(_totals(cells) for cells in plain),
        tuple(_row_of_parting(rows, n, how) for n in range(len(runs))),
    )


def runs_from_fork(
    tree: TokenTree, branches: Sequence[Sequence[NodeId]]
) -> tuple[tuple[NodeId, ...], ...]:
    """Return the nodes of branches from where these part, so that all begin at the same place.

    A branch that begins further down than others has before it what it shares with these; what all
    share is left out. Branches of other prompts have a fork of their own. A branch that others go
    on from is there whole.
    """
    paths = [tree.path_to(nodes[-1]) for nodes in branches]
    shared: dict[NodeId, tuple[NodeId, ...]] = {}
    for path in paths:
        prompt = _prompt_of(tree, path)
        before = shared.get(prompt, path)
        shared[prompt] = before[: _alike(before, path)]
    starts = {prompt: len(common) for prompt, common in shared.items()}
    for path, nodes in zip(paths, branches, strict=True):
        prompt = _prompt_of(tree, path)
        if len(path) == len(shared[prompt]):
            starts[prompt] = min(starts[prompt], len(path) - len(nodes))
    return tuple(path[starts[_prompt_of(tree, path)] :] for path in paths)


def _prompt_of(tree: TokenTree, path: Sequence[NodeId]) -> NodeId:
    given = (node for node in reversed(path) if tree.origin(node) is Origin.PROMPT)
    return next(given, path[0])


def _alike(one: Sequence[NodeId], two: Sequence[NodeId]) -> int:
    pairs = enumerate(zip(one, two, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(two)))


def _by_bytes(tree: TokenTree, runs: Sequence[Sequence[NodeId]]) -> tuple[Row, ...]:
    starts = [len(bytes_before(tree, nodes[0])) if nodes else 0 for nodes in runs]
    pieces = [[_spelled(tree, node) for node in nodes] for nodes in runs]
    return align_bytes(pieces, starts)


def bytes_before(tree: TokenTree, node: NodeId) -> bytes:
    """Return the bytes of the text before `node`; a control token that opens it has none."""
    return b"".join(_spelled(tree, step) for step in tree.path_to(tree.parent(node)))


def _spelled(tree: TokenTree, node: NodeId) -> bytes:
    token = tree.token(node)
    return b"" if token.special and tree.parent(node) == ROOT else token.piece


def _cell(tree: TokenTree, readings: Readings, node: NodeId) -> Cell:
    parent = tree.parent(node)
    exact = readings.is_exact(node)
    logprob = readings.logprob(node) if exact else None
    rank = readings.rank(node) if exact else None
    entropy = readings.entropy(parent) if readings.is_exact(parent) else None
    return Cell(node, tree.token(node), logprob, rank, entropy, None, None)


def _against(
    cell: Cell | None, reference: Cell | None, how: Alignment, *, is_first: bool
) -> Cell | None:
    if cell is None or reference is None or is_first:
        return cell
    if how is Alignment.BYTES and cell.token.piece != reference.token.piece:
        return cell  # they begin together, but do not spell the same
    change = rank_change = None
    if cell.logprob is not None and reference.logprob is not None:
        change = cell.logprob - reference.logprob
    if cell.rank is not None and reference.rank is not None:
        rank_change = cell.rank - reference.rank
    return Cell(cell.node, cell.token, cell.logprob, cell.rank, cell.entropy, change, rank_change)


def _totals(cells: Sequence[Cell]) -> Totals:
    known = [cell.logprob for cell in cells if cell.logprob is not None]
    return Totals(len(cells), len(known), math.fsum(known))


def _row_of_parting(
    rows: Sequence[tuple[Cell | None, ...]], column: int, how: Alignment
) -> int | None:
    def identity(cell: Cell) -> object:
        return cell.token.piece if how is Alignment.BYTES else cell.token

    for number, row in enumerate(rows):
        own, reference = row[column], row[0]
        if how is Alignment.END and (own is None or reference is None):
            continue
        if (own is None) != (reference is None) or (
            own is not None and reference is not None and identity(own) != identity(reference)
        ):
            return number
    return None
