"""What the reading loop needs of a machine that turns tokens into logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]


@dataclass(slots=True)
class Row:
    """One token to decode at `position` of every sequence in `sequences`.

    `wanted` asks for the logits after it.
    """

    token: int
    position: int
    sequences: list[int]
    wanted: bool


class Interrupted(Exception):  # noqa: N818 - somebody asked for it; nothing is in error
    """The decode was broken off on request. No row of the batch counts as read."""


class CellsFull(Exception):  # noqa: N818 - an answer to be acted on
    """The batch does not fit beside what is held. Nothing was read, nothing changed."""


class Decoder(Protocol):
    """A context with `cells` places for tokens, shared by up to `sequences` sequences."""

    @property
    def cells(self) -> int:
        """How many tokens fit, over all sequences; a shared token counts once."""
        ...

    @property
    def vocabulary_size(self) -> int:
        """Length of a row of logits."""
        ...

    @property
    def sequences(self) -> int:
        """How many sequences may be alive at once."""
        ...

    def decode(self, rows: Sequence[Row]) -> Logits:
        """Return the logits of the wanted rows, in order, shape (wanted, vocabulary).

        The array is valid until the next call.
        """
        ...

    def copy(self, source: int, target: int, length: int) -> None:
        """Let `target` share the first `length` tokens of `source`."""
        ...

    def cut(self, sequence: int, length: int) -> None:
        """Forget what a sequence was given last, beyond its first `length` tokens.

        Only the newest cells of all may be freed so: a hole below others would be filled by a later
        token of some path, whose cells would then not lie in the order of its tokens. Attention
        adds up in the order of cells, and in another order rounds to another number.
        """
        ...

    def retire(self, sequence: int) -> None:
        """Empty a sequence for other use; its cells stay taken until `clear`."""
        ...

    def clear(self) -> None:
        """Empty all sequences and free all cells."""
        ...

    def interrupt(self) -> None:
        """Make the decode in progress raise `Interrupted`. May be called from any thread."""
        ...

    def close(self) -> None:
        """Let the memory go."""
        ...
