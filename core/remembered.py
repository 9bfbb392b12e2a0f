"""Tokens that readings mention, kept so that they can be shown where their model is not there."""

from collections.abc import Iterable, Iterator, Mapping

from core.tokens import Token, TokenId

PieceCells = tuple[int, bytes, int]
"""Id, bytes, and whether it is special: the order of the file's columns."""


class RememberedPieces(Mapping[int, Token]):
    """Tokens of one vocabulary, in the order of their ids.

    A session may mention a whole vocabulary, of which few are ever looked at: stored cells are
    taken over as they are, and made into a token when somebody asks.
    """

    def __init__(self, cells: Iterable[PieceCells] = ()) -> None:
        self._cells: dict[int, PieceCells] = {}
        self.take_over(cells)

    def __getitem__(self, number: int) -> Token:
        _, piece, special = self._cells[number]
        return Token(TokenId(number), piece, bool(special))

    def __contains__(self, number: object) -> bool:
        return number in self._cells

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._cells))

    def __len__(self) -> int:
        return len(self._cells)

    def add(self, token: Token) -> None:
        """Remember one more."""
        self._cells[token.id] = token.id, token.piece, int(token.special)

    def cells(self) -> Iterable[PieceCells]:
        """Return all as they are stored."""
        return self._cells.values()

    def take_over(self, cells: Iterable[PieceCells]) -> None:
        """Remember what was stored."""
        self._cells.update((cell[0], cell) for cell in cells)
