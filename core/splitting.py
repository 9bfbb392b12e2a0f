"""How text becomes tokens at a place in the tree."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from core.engine import Engine
from core.tokens import Token, TokenId

TRAILING_SPACE = "The text ends in a space; words begin with theirs, so the model seldom sees this."
ODD_SPLIT = "The model would split this text into other tokens; it may take it for a misspelling."


@dataclass(frozen=True, slots=True)
class Split:
    """Tokens to add to a path, and whether the whole path is the canonical split of its text."""

    tokens: tuple[Token, ...]
    canonical: bool

    @property
    def ids(self) -> tuple[TokenId, ...]:
        """The tokens' ids."""
        return tuple(token.id for token in self.tokens)


def split_opening(engine: Engine, text: str) -> Split:
    """Split the text of a prompt, after the token that the model wants before every text."""
    vocabulary = engine.vocabulary
    tokens = split_beginning(engine, text)
    if vocabulary.bos is not None and (not tokens or tokens[0].id != vocabulary.bos):
        tokens = (vocabulary[vocabulary.bos], *tokens)
    return Split(tokens, canonical=True)


def split_beginning(engine: Engine, text: str) -> tuple[Token, ...]:
    """Split text that no other text stands before, without the token that may open it."""
    lead = engine.vocabulary.lead if text else ""
    return engine.vocabulary.tokens(engine.tokenize(lead + text))


def split_after(engine: Engine, path: Sequence[Token], text: str) -> Split:
    """Split `text` as it stands after `path`.

    Where the canonical split of path and text together begins with the path, the rest of it is
    taken; otherwise the text is split alone and the path is no longer canonical.
    """
    if not path:
        return split_opening(engine, text)
    if len(path) == 1 and path[0].id == engine.vocabulary.bos:
        return Split(split_beginning(engine, text), canonical=True)
    run = _run_since_special(path)
    before = b"".join(token.piece for token in run)
    try:
        whole = engine.tokenize(before.decode() + text)
    except UnicodeDecodeError:  # the path ends inside a character
        whole = ()
    ids = tuple(token.id for token in run)
    if whole[: len(ids)] == ids and (whole or not text):
        return Split(engine.vocabulary.tokens(whole[len(ids) :]), canonical=True)
    return Split(engine.vocabulary.tokens(engine.tokenize(text)), canonical=False)


def warning_for(text: str, split: Split) -> str | None:
    """Return what a writer of `text` should know, in a sentence or two."""
    warnings: list[str] = []
    if text.endswith(" "):
        warnings.append(TRAILING_SPACE)
    if not split.canonical:
        warnings.append(ODD_SPLIT)
    return " ".join(warnings) or None


def _run_since_special(path: Sequence[Token]) -> Sequence[Token]:
    """Return the end of `path` that is text: a control token has no text to be split again."""
    for place in range(len(path) - 1, -1, -1):
        if path[place].special:
            return path[place + 1 :]
    return path


def whole_run(pieces: Sequence[bytes], begin: int, end: int) -> tuple[int, int]:
    """Return the run of pieces from `begin` up to `end`, widened to whole characters."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    clean = [True]  # before each piece, and after the last: whether no character is unfinished
    for piece in pieces:
        decoder.decode(piece)
        clean.append(not decoder.getstate()[0])
    while not clean[begin]:
        begin -= 1
    while end < len(pieces) and not clean[end]:
        end += 1
    return begin, end
