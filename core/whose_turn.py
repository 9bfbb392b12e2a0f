"""A statement, right and wrong, in the user's turn of a conversation or in the assistant's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.branches import Role
from core.engine import Engine, Turn
from core.error_drafts import Draft
from core.error_records import ErrorKind
from core.errors import Weighed, weigh
from core.known_error import KnownError
from core.products import Aside, Product
from core.splitting import Split
from core.tokens import Token

SAME = "The right and the wrong answer are the same: give two different ones."


class Speaker(StrEnum):
    """Whose turn the statement stands in, by the words of chat templates."""

    ASSISTANT = "assistant"
    USER = "user"


@dataclass(frozen=True, slots=True)
class TurnWish:
    """A `request` of the user's and a statement: `stem`, then an answer, then `end`."""

    request: str
    stem: str
    right: str
    wrong: str
    end: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One conversation: the tokens before the answer, the answer weighed, the tokens after it.

    In the assistant's turn the conversation stays open behind the statement; in the user's, the
    assistant's turn is opened.
    """

    speaker: Speaker
    opening: tuple[Token, ...]
    weighed: Weighed
    tail: tuple[Token, ...]

    @property
    def name(self) -> str:
        """A short name for its branch."""
        return f"{self.weighed.record.text.strip()} in the {self.speaker.value}'s turn"


def speak(engine: Engine, wish: TurnWish) -> Iterator[Product]:
    """Yield an `Aside` with a `Spoken` for the right and the wrong answer in either turn.

    Raises `KnownError` when the model has no chat template, or the answers are the same.
    """
    for speaker in Speaker:
        said = [
            engine.vocabulary.tokens(engine.render_chat(_turns(wish, speaker, answer)))
            for answer in (wish.right, wish.wrong)
        ]
        head = _shared(*said)
        rests = [tokens[head:] for tokens in said]
        tail = _shared(*(tuple(reversed(rest)) for rest in rests))
        answers = [rest[: len(rest) - tail] for rest in rests]
        if not all(answers):
            raise KnownError(SAME)
        opening = said[0][:head]
        drafts = [
            Draft(
                ErrorKind.TURN,
                f"of the {speaker.value}",
                role,
                Split(answer, canonical=True),
                wish.right if role is Role.ERROR else "",
                None,
                None,
            )
            for role, answer in zip((Role.CLEAN, Role.ERROR), answers, strict=True)
        ]
        ends = iter([rest[len(rest) - tail :] for rest in rests])
        for product in weigh(engine, opening, drafts):
            match product:
                case Aside(Weighed() as weighed):
                    yield Aside(Spoken(speaker, opening, weighed, next(ends)))
                case _:
                    yield product


def _turns(wish: TurnWish, speaker: Speaker, answer: str) -> tuple[Turn, ...]:
    statement = f"{wish.stem}{answer}{wish.end}"
    match speaker:
        case Speaker.ASSISTANT:
            return Turn("user", wish.request), Turn("assistant", statement)
        case Speaker.USER:
            return (Turn("user", f"{wish.request} {statement}".strip()),)


def _shared(one: Sequence[Token], two: Sequence[Token]) -> int:
    """Count the tokens that both begin with."""
    pairs = zip(one, two, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(two)))
