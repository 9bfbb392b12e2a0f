"""Draws random tokens of the same class as another, the same ones for the same seed and place."""

from collections.abc import Set as AbstractSet

import numpy as np

from core.error_texts import token_class
from core.tokens import Token, Vocabulary, text_of

CLASSLESS = frozenset({"bytes", "unprintable"})
"""Parts of characters and what cannot be printed have no like: as errors they could not be seen."""

TRIES = 20
"""So often it is drawn again where a right answer came."""


class AlikeTokens:
    """The tokens of a vocabulary by class; control tokens and those that show nothing have none."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._alike: dict[str, list[int]] = {}
        for number, piece in enumerate(vocabulary.pieces):
            name = token_class(piece)
            if number not in vocabulary.special and name not in CLASSLESS:
                self._alike.setdefault(name, []).append(number)

    def draw(self, like: bytes, right: AbstractSet[str], *, seed: int, depth: int) -> Token | None:
        """Return a token of the class of `like` for a place with `depth` tokens before it.

        It is none of the `right` texts (bare, in small letters). None where there is no such token.
        """
        alike = self._alike.get(token_class(like), [])
        chance = np.random.default_rng((seed, depth))
        for _ in range(TRIES if alike else 0):
            token = self._vocabulary[alike[int(chance.integers(len(alike)))]]
            if bare(text_of((token,))) not in right:
                return token
        return None


def bare(text: str) -> str:
    """Return a text without the space around it, in small letters: how answers are compared."""
    return text.strip().casefold()
