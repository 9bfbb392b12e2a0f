"""Preambles before the same text, and neutral ones of as many tokens to hold them against.

The reference of a preamble is a neutral one of the same length, never none: any text before another
changes it, and moves its places. In a conversation a preamble is what the system turn says, or what
the user says first: text before the first turn would break the form that the model was trained on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.engine import Engine, Turn
from core.error_drafts import Draft, as_split
from core.error_records import ErrorKind, ErrorRecord
from core.errors import Weighed, weigh_apart
from core.known_error import KnownError
from core.products import Aside, Product
from core.splitting import split_beginning
from core.tokens import Token, TokenId

ANOTHER_FORM = (
    "This conversation was composed for another model, or its turns were edited since: compose it"
    " anew (Tree, New prompt) to put it under preambles."
)
NO_USER = "This conversation has no user's turn to put a preamble into: choose the system turn."

FACTUAL = (
    "The following is a factual statement.",
    "Everything below is true.",
    "This is taken from an encyclopedia.",
    "What follows has been checked for errors.",
    "Here is an accurate sentence.",
    "The next line states a fact.",
)
FICTION = (
    "The following is a made-up story.",
    "Everything below is invented.",
    "This is taken from a novel.",
    "What follows was written for a comedy.",
    "Here is a sentence from a dream.",
    "The next line is part of a fairy tale.",
)
PROOFREADING = (
    "Find the mistake:",
    "One word below is wrong.",
    "Correct the following sentence.",
    "The next line contains an error.",
    "A student wrote this; mark what is wrong.",
    "Check the following statement.",
)
SETS = {"factual": FACTUAL, "fiction": FICTION, "find the mistake": PROOFREADING}
"""Six wordings of each condition: one wording is an anecdote."""

_PLACES = ("The train", "A boat", "The bus", "A gardener", "The shop", "A neighbour")
_DOINGS = (
    *(" left.", " came back.", " came back late.", " was there early today."),
    *(" came by in the morning.", " came by early in the morning."),
    *(" was seen near the old bridge again.", " was seen near the old bridge late last night."),
    " was seen near the old bridge and the mill late last night.",
    " was seen near the old bridge, the mill and the long wall late last night.",
)


@dataclass(frozen=True, slots=True)
class Preamble:
    """One text before another: its tokens, and whether it is neutral.

    The tokens take the place of the first `replaces` of the text: in a conversation they are the
    whole prompt, composed anew. With 0 they stand behind the token that opens every text.
    """

    text: str
    tokens: tuple[Token, ...]
    neutral: bool
    replaces: int = 0


class PreambleTurn(StrEnum):
    """Which turn of a conversation says the preamble, by the words of chat templates."""

    SYSTEM = "system"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that is put under preambles: its turns, and the ids that it stands as."""

    turns: tuple[Turn, ...]
    ids: tuple[TokenId, ...]
    said_by: PreambleTurn


def propose_preambles(
    engine: Engine, texts: Sequence[str], talk: Talk | None = None
) -> Iterator[Product]:
    """Yield an `Aside` with a `Preamble` for each text, and after each with a neutral one.

    A line break ends every preamble before a text; in the turns of a `talk` the template does. The
    neutral one has as many tokens, or as nearly as many as a short sentence can have. Raises
    `KnownError` when the talk does not stand as this model's template writes it.
    """
    if talk is not None:
        _check(engine, talk)
    neutral = [
        _split(engine, f"{place}{doing}", talk, neutral=True)
        for doing in _DOINGS
        for place in _places(len(texts))
    ]
    for text in texts:
        own = _split(engine, text, talk, neutral=False)
        yield Aside(own)
        nearest = min(neutral, key=lambda one: abs(len(one.tokens) - len(own.tokens)))
        neutral.remove(nearest)
        yield Aside(nearest)


def _places(texts: int) -> list[str]:
    """Return what neutral sentences begin with: of every length there is one for each text."""
    return [*_PLACES, *(f"Bus {number}" for number in range(len(_PLACES) + 1, texts + 1))]


@dataclass(frozen=True, slots=True)
class ReadAnew:
    """What is remembered of errors, weighed anew where they stand after other text."""

    records: tuple[ErrorRecord, ...]


def read_anew(
    engine: Engine, errors: Sequence[tuple[tuple[Token, ...], ErrorRecord]]
) -> Iterator[Product]:
    """Yield an `Aside` with a `ReadAnew`: each record as it is after the tokens beside it."""
    placed = [(path, _draft(engine, path, record)) for path, record in errors]
    records: list[ErrorRecord] = []
    for product in weigh_apart(engine, placed):
        match product:
            case Aside(Weighed(_, record)):
                is_ranked = record.kind is ErrorKind.RANK
                records.append(replace(record, detail=str(record.rank)) if is_ranked else record)
            case _:
                yield product
    yield Aside(ReadAnew(tuple(records)))


def _draft(engine: Engine, path: tuple[Token, ...], record: ErrorRecord) -> Draft:
    tokens = engine.vocabulary.tokens([TokenId(number) for number in record.ids])
    split = as_split(engine, path, tokens)
    return Draft(
        record.kind, record.detail, record.role, split, record.displaced, record.seed, None
    )


def _split(engine: Engine, text: str, talk: Talk | None, *, neutral: bool) -> Preamble:
    said = text.strip()
    if talk is None:
        return Preamble(said, split_beginning(engine, f"{said}\n"), neutral)
    tokens = engine.vocabulary.tokens(engine.render_chat(_spoken(talk, said)))
    return Preamble(said, tokens, neutral, replaces=len(engine.render_chat(talk.turns)))


def _spoken(talk: Talk, preamble: str) -> tuple[Turn, ...]:
    """Return the turns with the preamble as the first words of the one that says it."""
    turns = list(talk.turns)
    role = talk.said_by.value
    place = next((at for at, turn in enumerate(turns) if turn.role == role), None)
    if place is not None:
        turns[place] = Turn(role, f"{preamble}\n{turns[place].text}")
    elif talk.said_by is PreambleTurn.SYSTEM:
        turns.insert(0, Turn(role, preamble))
    else:
        raise KnownError(NO_USER)
    return tuple(turns)


def _check(engine: Engine, talk: Talk) -> None:
    as_written = tuple(engine.render_chat(talk.turns))
    if talk.ids[: len(as_written)] != as_written:
        raise KnownError(ANOTHER_FORM)
