"""A decoder that does nothing, to measure what the engine itself costs."""

from collections.abc import Sequence

import numpy as np

from core.engine import Arithmetic, ModelCard
from core.engine import Path as TokenPath
from core.tokens import Vocabulary
from models.decoder import Logits, Row
from models.looping_engine import LoopingEngine

SIZE = 64


class NullDecoder:
    """Answers every row with the same logits; token 0 ends a text and is never the likeliest."""

    cells = 1 << 20
    sequences = 256
    vocabulary_size = SIZE

    def __init__(self) -> None:
        self._rows = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (256, 1))

    def decode(self, rows: Sequence[Row]) -> Logits:
        """Return as many rows as are wanted."""
        return self._rows[: sum(row.wanted for row in rows)]

    def copy(self, source: int, target: int, length: int) -> None:
        """Do nothing."""

    def cut(self, sequence: int, length: int) -> None:
        """Do nothing."""

    def retire(self, sequence: int) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""

    def interrupt(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class NullEngine(LoopingEngine):
    """The whole engine but the model."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        pieces = tuple(bytes([32 + token]) for token in range(SIZE))
        vocabulary = Vocabulary(pieces, frozenset(), None, frozenset({0}))
        card = ModelCard(
            "nothing",
            "",
            "none",
            "none",
            0,
            SIZE,
            1 << 20,
            1 << 20,
            0,
            "",
            vocabulary.fingerprint,
            "none",
            "CPU",
            1,
            arithmetic,
            "",
        )
        super().__init__(NullDecoder(), vocabulary, card)

    def tokenize(self, text: str) -> TokenPath:
        """Refuse: nothing is ever typed here."""
        raise AssertionError(text)

    def tokenize_with_control(self, text: str) -> TokenPath:
        """Refuse: nothing is ever typed here."""
        raise AssertionError(text)
