"""Records what the reading loop asks of a decoder, and does the same again with nothing read out.

The replay is the bare llama.cpp loop that the benchmark holds the engine against: the same batches
and settings on the same machine in the same run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.decoder import Decoder, Logits, Row

Operation = Callable[[Decoder], object]


@dataclass(slots=True)
class Recording:
    """A decoder that remembers every call."""

    inner: Decoder
    operations: list[Operation] = field(default_factory=list[Operation])

    @property
    def cells(self) -> int:
        """Places for tokens."""
        return self.inner.cells

    @property
    def sequences(self) -> int:
        """Sequences that may be alive at once."""
        return self.inner.sequences

    @property
    def vocabulary_size(self) -> int:
        """Length of a row of logits."""
        return self.inner.vocabulary_size

    def decode(self, rows: Sequence[Row]) -> Logits:
        """Decode and remember; nobody changes rows once they are decoded."""
        logits = self.inner.decode(rows)
        self.operations.append(lambda bare: bare.decode(rows))  # what was refused is not done again
        return logits

    def copy(self, source: int, target: int, length: int) -> None:
        """Share cells and remember."""
        self.operations.append(lambda bare: bare.copy(source, target, length))
        self.inner.copy(source, target, length)

    def cut(self, sequence: int, length: int) -> None:
        """Forget cells and remember."""
        self.operations.append(lambda bare: bare.cut(sequence, length))
        self.inner.cut(sequence, length)

    def retire(self, sequence: int) -> None:
        """Empty a sequence and remember."""
        self.operations.append(lambda bare: bare.retire(sequence))
        self.inner.retire(sequence)

    def clear(self) -> None:
        """Free all cells and remember."""
        self.operations.append(lambda bare: bare.clear())
        self.inner.clear()

    def interrupt(self) -> None:
        """Stop the decode in progress."""
        self.inner.interrupt()

    def close(self) -> None:
        """Free the inner decoder."""
        self.inner.close()

    def take(self) -> list[Operation]:
        """Return what was done since the last call."""
        done, self.operations = self.operations, []
        return done
