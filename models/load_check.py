"""Which batch shapes give the same numbers, tried on the file and the device at hand."""

from collections.abc import Sequence

import numpy as np

from core.engine import Arithmetic
from models.decoder import Decoder, Logits, Row

MOST_ROWS = 56
"""A multiple of 8 below 64, where llama.cpp's flash attention changes to another kernel."""

RULES = ((2, 1), (8, 8))
"""(least rows, multiple) to try, the cheapest first. A lone row is never exact on a CPU: with 512
cells in view llama.cpp splits the cache for it, and then rounds differently."""

LENGTH = 24


def check_shapes(decoder: Decoder, tokens: Sequence[int]) -> Arithmetic:
    """Read `tokens` in one batch and in awkward ones; return the cheapest rule that repeats.

    At least `LENGTH` tokens, of any text. All sequences are left empty.
    """
    tokens = tokens[:LENGTH]
    reference = _read(decoder, tokens, [LENGTH])
    worst = 0.0
    for least, multiple in RULES:
        worst = 0.0
        for sizes in _awkward(least, multiple):
            worst = max(worst, _difference(reference, _read(decoder, tokens, sizes)))
            worst = max(
                worst, _difference(reference[-1:], _forked(decoder, tokens, least, multiple))
            )
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
        check=f"no batch shape repeats: logits differ by up to {worst:.2g} between routes",
    )


def _awkward(least: int, multiple: int) -> list[list[int]]:
    if multiple == 1:
        return [[least] * (LENGTH // least), [3, 5, 7, 9]]
    return [[multiple] * (LENGTH // multiple)]


def _read(decoder: Decoder, tokens: Sequence[int], sizes: Sequence[int]) -> Logits:
    parts: list[Logits] = []
    at = 0
    for size in sizes:
        rows = [Row(tokens[i], i, [0], wanted=True) for i in range(at, at + size)]
        parts.append(decoder.decode(rows).copy())
        at += size
    decoder.cut(0, 0)
    return np.concatenate(parts)


def _forked(decoder: Decoder, tokens: Sequence[int], least: int, multiple: int) -> Logits:
    """Return the last row read beside rows of another sequence, after a fork, few logits asked."""
    last = len(tokens) - 1
    rows = [Row(tokens[i], i, [0], wanted=False) for i in range(last)]
    rows += [Row(tokens[0], i, [2], wanted=False) for i in range(-len(rows) % multiple)]
    _want(rows, max(least, multiple))
    decoder.decode(rows)
    decoder.copy(0, 1, last)
    rows = [Row(tokens[last], last, [1], wanted=True)]
    rows += [Row(tokens[1], i, [3], wanted=True) for i in range(max(least, multiple) - 1)]
    logits = decoder.decode(rows)[:1].copy()
    for sequence in range(4):
        decoder.cut(sequence, 0)
    return logits


def _want(rows: list[Row], count: int) -> None:
    for row in rows[-count:]:
        row.wanted = True


def _difference(a: Logits, b: Logits) -> float:
    return float(np.abs(a - b).max())
