"""A decoder without weights: its logits are a pure function of the tokens a sequence holds.

It keeps real cells and sequences and refuses what llama.cpp refuses, so that a mistake in the
bookkeeping above it shows as a wrong number or an error, not by luck as the right one.
"""

import hashlib
import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from models.decoder import CellsFull, Logits, Row

Script = Mapping[tuple[int, ...], Mapping[int, float]]
"""What follows a run of tokens: token ids and their probabilities; the longest match counts."""

MEMORY = 4
"""Without a script, this many last tokens decide what is expected."""


class ScriptedDecoder:
    """Follows a script, and where it is silent, expects what a hash of the last tokens says."""

    def __init__(
        self, vocabulary_size: int, script: Script, *, cells: int = 8192, sequences: int = 256
    ) -> None:
        self._size = vocabulary_size
        self._script = script
        self._longest = max((len(run) for run in script), default=0)
        self._cells = cells
        self._count = sequences
        self._held: list[list[int]] = [[] for _ in range(sequences)]  # cells of each sequence
        self._tokens: dict[int, int] = {}  # cell -> token
        self._users: dict[int, int] = {}  # cell -> number of sequences that hold it
        self._free = list(range(cells))  # a heap: as in llama.cpp, the lowest free cell is filled

    @property
    def cells(self) -> int:
        """Places for tokens."""
        return self._cells

    @property
    def sequences(self) -> int:
        """Sequences that may be alive at once."""
        return self._count

    @property
    def vocabulary_size(self) -> int:
        """Length of a row of logits."""
        return self._size

    def decode(self, rows: Sequence[Row]) -> Logits:
        """Append each row to its sequences."""
        if len(rows) > len(self._free):
            raise CellsFull
        wanted: list[Logits] = []
        for row in rows:
            cell = heapq.heappop(self._free)
            self._tokens[cell] = row.token
            self._users[cell] = len(row.sequences)
            pasts = {self.tokens_of(sequence) for sequence in row.sequences}
            assert len(pasts) == 1, "sequences of one row must share their past"
            for sequence in row.sequences:
                held = self._held[sequence]
                assert len(held) == row.position, "positions must be consecutive"
                assert not held or held[-1] < cell, "cells must lie in the order of the tokens"
                self._held[sequence].append(cell)
            if row.wanted:
                wanted.append(self.logits_after(self.tokens_of(row.sequences[0])))
        return np.array(wanted, np.float32).reshape(-1, self._size)

    def tokens_of(self, sequence: int) -> tuple[int, ...]:
        """Return what a sequence holds."""
        return tuple(self._tokens[cell] for cell in self._held[sequence])

    def logits_after(self, path: tuple[int, ...]) -> Logits:
        """Return the logits after a path: what any route to it must give."""
        for length in range(min(self._longest, len(path)), 0, -1):
            if (follows := self._script.get(path[-length:])) is not None:
                return self._scripted(follows)
        digest = hashlib.blake2b(
            b"".join(t.to_bytes(4, "little") for t in path[-MEMORY:]), digest_size=8
        ).digest()
        noise = np.random.Generator(np.random.Philox(int.from_bytes(digest, "little")))
        return (noise.standard_normal(self._size) * 3).astype(np.float32)

    def _scripted(self, follows: Mapping[int, float]) -> Logits:
        rest = max(1e-9, 1.0 - sum(follows.values())) / self._size
        probabilities = np.full(self._size, rest)
        for token, probability in follows.items():
            probabilities[token] = probability
        logits: Logits = np.log(probabilities).astype(np.float32)
        return logits

    def copy(self, source: int, target: int, length: int) -> None:
        """Share the first cells of a sequence."""
        assert not self._held[target], "a sequence is emptied before it is used again"
        self._held[target] = self._held[source][:length]
        for cell in self._held[target]:
            self._users[cell] += 1

    def cut(self, sequence: int, length: int) -> None:
        """Forget the tokens of a sequence from `length` on."""
        for cell in self._held[sequence][length:]:
            self._users[cell] -= 1
            if not self._users[cell]:
                del self._users[cell], self._tokens[cell]
                heapq.heappush(self._free, cell)
        del self._held[sequence][length:]

    def retire(self, sequence: int) -> None:
        """Empty a sequence; its cells stay taken."""
        self._held[sequence] = []

    def clear(self) -> None:
        """Free all cells."""
        self._held = [[] for _ in range(self._count)]
        self._tokens.clear()
        self._users.clear()
        self._free = list(range(self._cells))

    def interrupt(self) -> None:
        """Do nothing: a decode takes no time."""

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


class RoundingDecoder(ScriptedDecoder):
    """The other arithmetic of a script: its logits have the eleven bits of a half float."""

    def logits_after(self, path: tuple[int, ...]) -> Logits:
        """Return the logits after a path, rounded."""
        exact = super().logits_after(path)
        return exact.astype(np.float16).astype(np.float32)
