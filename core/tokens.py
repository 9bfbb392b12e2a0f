"""Tokens as the model sees them: an id and the bytes it stands for."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NewType

TokenId = NewType("TokenId", int)


@dataclass(frozen=True, slots=True)
class Token:
    """One vocabulary entry.

    `piece` is bytes, not text: a character may be split across tokens.
    `special` marks control tokens (end of text, turn markers), which are shown but never typed.
    """

    id: TokenId
    piece: bytes
    special: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """All tokens of a model, in id order, with the ids that have a duty.

    `bos` is the id that the model wants before every text, or None when it wants none.
    `ends` are the ids that end a text or a turn. `lead` is what stands before the first character
    of a text, such as the space of SentencePiece: tokenizers add it there and nowhere else.
    `template_bos` and `template_eos` are what a chat template calls `bos_token` and `eos_token`.
    """

    pieces: tuple[bytes, ...]
    special: frozenset[int]
    bos: TokenId | None
    ends: frozenset[int]
    lead: str = ""
    template_bos: TokenId | None = None
    template_eos: TokenId | None = None

    def __len__(self) -> int:
        return len(self.pieces)

    def __getitem__(self, token: int) -> Token:
        return Token(TokenId(token), self.pieces[token], token in self.special)

    def has(self, token: Token) -> bool:
        """Return whether this very token is in it, under its own id."""
        number = token.id
        return (
            number < len(self.pieces)
            and self.pieces[number] == token.piece
            and (number in self.special) == token.special
        )

    def tokens(self, ids: Iterable[int]) -> tuple[Token, ...]:
        """Return the tokens of `ids`, in their order."""
        return tuple(self[token] for token in ids)

    def find(self, text: str) -> Iterator[Token]:
        """Yield the tokens whose bytes hold `text`: equal ones, then beginnings, then the rest."""
        wanted = text.encode()
        ranked: tuple[list[int], list[int], list[int]] = ([], [], [])
        for token, piece in enumerate(self.pieces):
            if wanted in piece:
                bare = piece.strip()
                place = 0 if bare == wanted.strip() else 1 if bare.startswith(wanted) else 2
                ranked[place].append(token)
        for group in ranked:
            yield from (self[token] for token in group)

    @cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 over all pieces: equal vocabularies, and only they, share it."""
        digest = hashlib.sha256()
        for piece in self.pieces:
            digest.update(len(piece).to_bytes(4, "little"))
            digest.update(piece)
        return digest.hexdigest()


Pieces = Vocabulary | Mapping[int, Token]
"""What ids stand for: all that a model has, or those that somebody remembers."""


def text_of(tokens: Sequence[Token]) -> str:
    """Decode a run of tokens together, so that split characters become whole."""
    return b"".join(token.piece for token in tokens).decode("utf-8", errors="replace")
