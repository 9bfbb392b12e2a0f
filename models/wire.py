"""Whole records through a byte stream between a process and its own child."""

import io
import pickle
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, BinaryIO

from core.distribution import Distribution
from core.engine import (
    Contrasted,
    Expected,
    Floors,
    Grown,
    Meter,
    ModelCard,
    Request,
    Scored,
    Settled,
    Stepped,
    Turn,
)
from core.engine import Path as TokenPath
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.answers import Delivery

LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Ask:
    """To the child: serve a request."""

    number: int
    request: Request


@dataclass(frozen=True, slots=True)
class Cancel:
    """To the child: stop serving a request."""

    number: int


@dataclass(frozen=True, slots=True)
class Tokenize:
    """To the child: split a text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class RenderChat:
    """To the child: turn a conversation into tokens."""

    number: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Loading:
    """From the child: how much of the file is mapped, 0 to 1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Ready:
    """From the child: the model is loaded."""

    card: ModelCard
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Failed:
    """From the child: the model cannot be loaded, in a sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Hashed:
    """From the child: the file's SHA-256, in hex."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Measured:
    """From the child, some time after it was ready: the model's floors."""

    floors: Floors


@dataclass(frozen=True, slots=True)
class Beat:
    """From the child, twice a second: for how long it has been at its batch, or at an order."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """From the child: answers to a request."""

    number: int
    answers: Delivery


@dataclass(frozen=True, slots=True)
class Split:
    """From the child: the tokens of a text, or why there are none."""

    number: int
    tokens: TokenPath | KnownError


Order = Ask | Cancel | Tokenize | RenderChat
Report = Loading | Ready | Failed | Hashed | Measured | Beat | Told | Split


Parts = tuple[Callable[..., Any], tuple[Any, ...]]
"""What makes a record anew, and of what."""


def _by_fields(kind: type[Any]) -> Callable[[Any], Parts]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda record: (kind, values(record))


COMMON = (Told, Scored, Distribution, Expected, Stepped, Settled, Grown, Contrasted, Meter)
"""What crosses once a token or more: taken apart and put together by their fields, each costs a
quarter of what dataclasses do by themselves, on the thread that the next batch waits for."""

REDUCERS: dict[type, Callable[[Any], Parts]] = {kind: _by_fields(kind) for kind in COMMON}


def packed(record: Order | Report) -> bytes:
    """Return a record as it crosses."""
    data = io.BytesIO()
    pickler = pickle.Pickler(data, protocol=5)
    pickler.dispatch_table = REDUCERS
    pickler.dump(record)
    return data.getvalue()


class Wire:
    """Writes records from any thread, reads them on one.

    Records are pickled, which is safe here alone: both ends are this program, and nobody else can
    write to a pipe between them.
    """

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()

    def send(self, record: Order | Report) -> None:
        """Write one record; raises OSError when the other end is gone."""
        data = packed(record)
        with self._lock:
            self._writing.write(LENGTH.pack(len(data)) + data)
            self._writing.flush()

    def receive(self) -> Order | Report | None:
        """Read one record, or None when the other end is gone."""
        head = self._reading.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack(head)
        data = self._reading.read(length)
        if len(data) < length:
            return None
        record: Order | Report = pickle.loads(data)  # noqa: S301 - see the class
        return record
