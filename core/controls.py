"""Proposals for the controls that stand beside an error."""

from core.distribution import Distribution
from core.tokens import Token, Vocabulary

MOST_OFF = 1.0
"""A control is matched when its surprise is within this many bits of the error's."""

NEUTRAL = (
    " The rain had stopped by the time they reached the station, and the platform was empty. A"
    " clock on the wall showed ten past four."
)
"""A neutral suffix: it speaks of nothing that an error could be about."""


def propose_control(
    vocabulary: Vocabulary, expects: Distribution, wrong_bits: float, *, answers: set[int]
) -> Token | None:
    """Return a token about as surprising as the error that is neither true nor wrong, or None.

    Names begin with a capital letter and might be answers themselves; a word in small letters is
    the safest proposal that needs no knowledge of the world. The user may choose another. The
    closest in bits is taken, however far off: the caller tells by how much it missed.
    """
    best: tuple[float, Token] | None = None
    for candidate in expects.candidates:
        token = vocabulary[candidate.id]
        word = token.piece.decode("utf-8", errors="replace")
        if candidate.id in answers or not (
            word[:1] == " " and word[1:].isalpha() and word.islower()
        ):
            continue
        off = abs(bits(candidate.logprob) - wrong_bits)
        if best is None or off < best[0]:
            best = (off, token)
    return None if best is None else best[1]


def bits(logprob: float) -> float:
    """Turn a log-probability in nats into surprise in bits."""
    return -logprob / LN2


LN2 = 0.6931471805599453
