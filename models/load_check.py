"""Which batch shapes give the same numbers, tried on the file and the device at hand."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.engine import Arithmetic, Speed
from models.decoder import Decoder, Logits, Row

MOST_ROWS = 56
"""A multiple of 8 below 64, where llama.cpp's flash attention changes to another kernel."""

RULES = ((2, 1), (8, 8))
"""(least rows, multiple) to try, the cheapest first. A lone row is never exact on a CPU: with 512
cells in view llama.cpp splits the cache for it, and then rounds differently. `lone_row_gap` tells
by how much on the machine at hand."""

LENGTH = 24

DEEP = 768
"""Cells in view in the second half of the check: beyond 512, where llama.cpp's kernels change."""

CALIBRATION = 0.5
"""Seconds after which the speed is not tried again."""

Deepen = Callable[[int], bool]
"""Make sequence 0, which holds `LENGTH` tokens, see so many cells; False where that cannot be."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A decoder with `depth` tokens in sequence 0, to read on from."""

    decoder: Decoder
    depth: int

    def read(self, tokens: Sequence[int], sizes: Sequence[int]) -> Logits:
        """Return the logits after each token, read in batches of `sizes`."""
        parts: list[Logits] = []
        at = 0
        for size in sizes:
            rows = [Row(tokens[i], self.depth + i, [0], wanted=True) for i in range(at, at + size)]
            parts.append(self.decoder.decode(rows).copy())
            at += size
        self.decoder.cut(0, self.depth)
        return np.concatenate(parts)

    def fork(self, tokens: Sequence[int], least: int, multiple: int) -> Logits:
        """Return the last row read beside rows of another sequence, after a fork.

        Few logits are asked for, since the output matrix rounds by its own number of rows.
        """
        decoder, last = self.decoder, len(tokens) - 1
        rows = [Row(tokens[i], self.depth + i, [0], wanted=False) for i in range(last)]
        rows += [Row(tokens[0], i, [2], wanted=False) for i in range(-len(rows) % multiple)]
        _want(rows, max(least, multiple))
        decoder.decode(rows)
        decoder.copy(0, 1, self.depth + last)
        rows = [Row(tokens[last], self.depth + last, [1], wanted=True)]
        rows += [Row(tokens[1], i, [3], wanted=True) for i in range(max(least, multiple) - 1)]
        logits = decoder.decode(rows)[:1].copy()
        for sequence in (1, 2, 3):
            decoder.cut(sequence, 0)
        decoder.cut(0, self.depth)
        return logits


def check_shapes(decoder: Decoder, tokens: Sequence[int], deepen: Deepen) -> Arithmetic:
    """Read `tokens` in one batch and in awkward ones; return the cheapest rule that repeats.

    At least `LENGTH` tokens, of any text. They are read at the start of a text and with `DEEP`
    cells in view, as far as `deepen` can bring that about. The decoder is left empty.
    """
    tokens = tokens[:LENGTH]
    found = _Findings([0.0] * len(RULES))
    found.add(_Place(decoder, 0), tokens)
    shallow = found.cheapest
    decoder.decode([Row(token, i, [0], wanted=False) for i, token in enumerate(tokens)])
    if deepen(DEEP):
        found.add(_Place(decoder, LENGTH), tokens)
    decoder.clear()
    if found.cheapest != shallow:  # the next rule was not tried on a short text
        found.add(_Place(decoder, 0), tokens)
        decoder.clear()
    for (least, multiple), worst in zip(RULES, found.worst, strict=True):
        if worst == 0:
            return Arithmetic(
                least,
                multiple,
                MOST_ROWS,
                repeats=True,
                check=f"bit-identical in batches of {least} rows or more"
                + (f", in multiples of {multiple}" if multiple > 1 else ""),
            )
    return Arithmetic(
        8,
        8,
        MOST_ROWS,
        repeats=False,
        check="no batch shape repeats: logits differ by up to"
        f" {found.worst[-1]:.2g} between routes",
    )


def lone_row_gap(decoder: Decoder, tokens: Sequence[int], deepen: Deepen) -> float | None:
    """Return by how much a logit differs when its row is read alone, with `DEEP` cells in view.

    At least 2 `LENGTH` tokens: the first of a text, met again behind so many copies of itself, has
    a model lose its way, and would tell of that. None when `deepen` cannot bring the depth about.
    The decoder is left empty.
    """
    before, after = tokens[:LENGTH], tokens[LENGTH : 2 * LENGTH]
    decoder.decode([Row(token, i, [0], wanted=False) for i, token in enumerate(before)])
    gap: float | None = None
    if deepen(DEEP):
        place = _Place(decoder, LENGTH)
        together = place.read(after, [LENGTH])[:1]
        gap = _difference(together, place.read(after[:1], [1]))
    decoder.clear()
    return gap


@dataclass(slots=True)
class _Findings:
    """The largest difference that each of the `RULES` has shown."""

    worst: list[float]

    @property
    def cheapest(self) -> int:
        """The first rule that no difference speaks against; as many as there are for none."""
        return next((n for n, worst in enumerate(self.worst) if worst == 0), len(self.worst))

    def add(self, place: _Place, tokens: Sequence[int]) -> None:
        """Try the rules at a place, up to the cheapest that holds."""
        reference = place.read(tokens, [len(tokens)])
        for number, (least, multiple) in enumerate(RULES):
            if number and self.worst[number - 1] == 0:
                return  # a cheaper rule does
            gaps = [
                _difference(reference, place.read(tokens, sizes))
                for sizes in _awkward(least, multiple)
            ]
            gaps.append(_difference(reference[-1:], place.fork(tokens, least, multiple)))
            self.worst[number] = max(self.worst[number], *gaps)


def measure_speed(decoder: Decoder, tokens: Sequence[int], shapes: Arithmetic) -> Speed:
    """Return the best of what was reached in half a second. The decoder is left empty.

    At least `MOST_ROWS` tokens, of any text. A lone branch has batches of the least exact rows, or
    its tokens are drafted in batches of one and proved in a longer one.
    """
    prompt = stream = 0.0
    fill = 0 if shapes.drafts(1) else shapes.least_rows - 1
    began = time.perf_counter()
    while not stream or time.perf_counter() - began < CALIBRATION:
        start = time.perf_counter()
        decoder.decode(
            [Row(tokens[i], i, [0], wanted=i == MOST_ROWS - 1) for i in range(MOST_ROWS)]
        )
        prompt = max(prompt, MOST_ROWS / (time.perf_counter() - start))
        for place in range(4):
            rows = [Row(tokens[place], MOST_ROWS + place, [0], wanted=True)]
            rows += [Row(tokens[0], i, [1], wanted=True) for i in range(fill)]
            start = time.perf_counter()
            decoder.decode(rows)
            stream = max(stream, 1 / (time.perf_counter() - start))
            decoder.cut(1, 0)
        decoder.clear()
    return Speed(prompt, 1 / (1 / stream + 1 / prompt) if shapes.drafts(1) else stream)


def _awkward(least: int, multiple: int) -> list[list[int]]:
    if multiple == 1:
        return [[least] * (LENGTH // least), [3, 5, 7, 9]]
    return [[multiple] * (LENGTH // multiple)]


def _want(rows: list[Row], count: int) -> None:
    for row in rows[-count:]:
        row.wanted = True


def _difference(a: Logits, b: Logits) -> float:
    return float(np.abs(a - b).max())
