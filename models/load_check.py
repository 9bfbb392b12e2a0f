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

SIZES = ((2, 3, 9, 16), (8, 16))
"""For each rule awkward batches: as few rows as may be, odd ones, one more than the eight that
kernels like, and 16. What they give must be what a batch of `MOST_ROWS` gives."""

FORK = 9
"""So many tokens on, a row is read after a fork."""

SEED = 24
"""Tokens whose copies bring about a deep text."""

TOKENS = MOST_ROWS + SEED
"""How many tokens the check needs."""

DEEP = 768
"""Cells in view in one half of the check, where there are so many: beyond 512, where llama.cpp's
kernels change."""

CALIBRATION = 0.25
"""Seconds after which the speed is not tried again: with its first text the model warms up."""

Deepen = Callable[[int], bool]
"""Make sequence 0, which holds `SEED` tokens, see so many cells, or as many as there are; False
where nothing can be added."""


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


def check_shapes(
    decoder: Decoder, tokens: Sequence[int], deepen: Deepen
) -> tuple[Arithmetic, float | None]:
    """Return the cheapest rule that repeats, and by how much a row read alone is off.

    `TOKENS` tokens of any text are read in one batch and in awkward ones, at the start of a text
    and with `DEEP` cells in view, as far as `deepen` can bring that about; without it nothing is
    known of lone rows, and None is told. The decoder is left empty.
    """
    found = _Findings([0.0] * len(RULES))
    gap = _try_deep(decoder, tokens, deepen, found)
    deep = found.cheapest
    found.add(_Place(decoder, 0), tokens[SEED:])
    decoder.clear()
    if found.cheapest != deep:  # the next rule was not tried on a deep text
        _try_deep(decoder, tokens, deepen, found)
    for (least, multiple), worst in zip(RULES, found.worst, strict=True):
        if worst == 0:
            check = f"bit-identical in batches of {least} to {MOST_ROWS} rows" + (
                f", in multiples of {multiple}" if multiple > 1 else ""
            )
            return Arithmetic(least, multiple, MOST_ROWS, repeats=True, check=check), gap
    check = f"no batch shape repeats: logits differ by up to {found.worst[-1]:.2g} between routes"
    return Arithmetic(8, 8, MOST_ROWS, repeats=False, check=check), gap


def _try_deep(
    decoder: Decoder, tokens: Sequence[int], deepen: Deepen, found: "_Findings"
) -> float | None:
    """Try the rules behind copies of other tokens; return how far a lone row is off there.

    Other ones, because the first of a text, met again behind so many copies of itself, has a model
    lose its way, and the gap would tell of that.
    """
    seed, tokens = tokens[:SEED], tokens[SEED:]
    decoder.decode([Row(token, i, [0], wanted=False) for i, token in enumerate(seed)])
    gap: float | None = None
    if deepen(DEEP):
        place = _Place(decoder, len(seed))
        together = found.add(place, tokens)
        gap = _difference(together[:1], place.read(tokens[:1], [1]))
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

    def add(self, place: _Place, tokens: Sequence[int]) -> Logits:
        """Try, at a place, the rules that are left, up to the first that holds.

        Returns the logits of all tokens read in one batch.
        """
        reference = place.read(tokens, [len(tokens)])
        for number, (least, multiple) in enumerate(RULES):
            if self.worst[number] == 0:
                awkward = place.read(tokens, SIZES[number])
                forked = place.fork(tokens[:FORK], least, multiple)
                self.worst[number] = max(
                    _difference(reference[: len(awkward)], awkward),
                    _difference(reference[FORK - 1 : FORK], forked),
                )
                if self.worst[number] == 0:
                    break
        return reference


def measure_speed(decoder: Decoder, tokens: Sequence[int], shapes: Arithmetic) -> Speed:
    """Return the best of what was reached in a moment. The decoder is left empty.

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


def _want(rows: list[Row], count: int) -> None:
    for row in rows[-count:]:
        row.wanted = True


def _difference(a: Logits, b: Logits) -> float:
    return float(np.abs(a - b).max())
