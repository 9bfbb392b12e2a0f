"""Lays runs of tokens side by side: from their fork, from their ends, or by what matches."""

import itertools
from collections.abc import Sequence
from enum import StrEnum

import numpy as np

Row = tuple[int | None, ...]
"""For each run the index of its token in this row, or None where it has a gap."""


class Alignment(StrEnum):
    """What stands in one row."""

    FORK = "from the fork"
    END = "from the end"
    MATCH = "by matching tokens"
    BYTES = "by bytes"


def align(runs: Sequence[Sequence[int]], how: Alignment) -> tuple[Row, ...]:
    """Return the rows of a table over these runs of token ids; the first run is the reference."""
    if not runs:
        return ()
    longest = max(len(run) for run in runs)
    match how:
        case Alignment.FORK:
            return tuple(
                tuple(row if row < len(run) else None for run in runs) for row in range(longest)
            )
        case Alignment.END:
            starts = [longest - len(run) for run in runs]
            return tuple(
                tuple(row - start if row >= start else None for start in starts)
                for row in range(longest)
            )
        case Alignment.MATCH:
            return _matched(runs)
        case Alignment.BYTES:
            raise AssertionError("ids of several vocabularies have no bytes: see align_bytes")


def align_bytes(runs: Sequence[Sequence[bytes]], starts: Sequence[int]) -> tuple[Row, ...]:
    """Return rows over runs of pieces that begin at byte `starts[n]` of their texts.

    A row begins where all runs that are under way have a token that begins at the same byte; what
    others spell with more tokens stands in the rows below. So tokens of different vocabularies
    stand beside what they have in common: their place in the text.
    """
    begins = [
        list(itertools.accumulate(map(len, run[:-1]), initial=start)) if run else []
        for run, start in zip(runs, starts, strict=True)
    ]
    ends = [start + sum(map(len, run)) for run, start in zip(runs, starts, strict=True)]
    spans = [(set(own), own[0], end) for own, end in zip(begins, ends, strict=True) if own]
    shared = sorted(
        place
        for place in set(itertools.chain.from_iterable(begins))
        if all(place in own or not first <= place < end for own, first, end in spans)
    )
    afters = [*shared[1:], max(ends, default=0) + 1][: len(shared)]
    rows: list[Row] = []
    for place, after in zip(shared, afters, strict=True):
        held = [[n for n, at in enumerate(own) if place <= at < after] for own in begins]
        rows.extend(
            tuple(own[extra] if extra < len(own) else None for own in held)
            for extra in range(max(map(len, held)))
        )
    return tuple(rows)


def common_subsequence(one: Sequence[int], two: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the places (in one, in two) of a longest common subsequence, in order.

    Equal beginnings and ends are always matched. The table is O(n·m) in numpy, one row at a time:
    L[i, j] = max(L[i-1, j], L[i, j-1], L[i-1, j-1] + [equal]) is a running maximum along j.
    """
    head = 0
    while head < min(len(one), len(two)) and one[head] == two[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(two)) - head and one[-1 - tail] == two[-1 - tail]:
        tail += 1
    a = np.asarray(one[head : len(one) - tail], np.int64)
    b = np.asarray(two[head : len(two) - tail], np.int64)
    lengths = np.zeros((len(a) + 1, len(b) + 1), np.int32)
    for i, token in enumerate(a):
        step = lengths[i, :-1] + (b == token)
        lengths[i + 1, 1:] = np.maximum.accumulate(np.maximum(step, lengths[i, 1:]))
    middle: list[tuple[int, int]] = []
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1] and lengths[i, j] == lengths[i - 1, j - 1] + 1:
            middle.append((head + i - 1, head + j - 1))
            i, j = i - 1, j - 1
        elif lengths[i - 1, j] >= lengths[i, j - 1]:
            i -= 1
        else:
            j -= 1
    middle.reverse()
    ends = ((len(one) - n, len(two) - n) for n in range(tail, 0, -1))
    return (*((n, n) for n in range(head)), *middle, *ends)


def _matched(runs: Sequence[Sequence[int]]) -> tuple[Row, ...]:
    """Match every run with the first; what only others have stands in rows between."""
    reference = runs[0]
    partners: list[dict[int, int]] = [{n: n for n in range(len(reference))}]
    partners += [dict(common_subsequence(reference, run)) for run in runs[1:]]
    rows: list[Row] = []
    at = [0] * len(runs)
    for place in range(len(reference) + 1):
        stops = [
            (partner.get(place) if place < len(reference) else len(run))
            for partner, run in zip(partners, runs, strict=True)
        ]
        pending = [
            list(range(start, stop)) if stop is not None else []
            for start, stop in zip(at, stops, strict=True)
        ]
        rows.extend(
            tuple(gap[extra] if extra < len(gap) else None for gap in pending)
            for extra in range(max(map(len, pending)))
        )
        if place < len(reference):
            rows.append(tuple(stops))
        at = [at[n] if stop is None else stop + 1 for n, stop in enumerate(stops)]
    return tuple(rows)


def first_parting(one: Sequence[int], two: Sequence[int]) -> int | None:
    """Return where two runs first differ, or None when one is the beginning of the other."""
    return next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
