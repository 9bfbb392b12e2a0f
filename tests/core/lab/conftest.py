"""An engine that looks answers up in the prompt's own table, as well as it is told to."""

import math
from collections.abc import Iterator
from dataclasses import fields

import pytest

from core.distribution import Distribution
from core.engine import (
    Answer,
    Arithmetic,
    Expected,
    Floors,
    MeasureFloors,
    Meter,
    ModelCard,
    Path,
    Read,
    Request,
    Scored,
    Turn,
)
from core.lab.experiment import Row, Settings, run
from core.tokens import TokenId, Vocabulary
from gui.resources import asset

PIECES = tuple(bytes([byte]) for byte in range(256))


class LookupEngine:
    """Speaks in bytes. Right values have odds `odds`, divided by `contagion` after any error."""

    def __init__(self, *, odds: float = 9.0, contagion: float = 1.0) -> None:
        self.vocabulary = Vocabulary(PIECES, frozenset(), None, frozenset())
        self.card = ModelCard(
            name="look-up",
            path="",
            architecture="table",
            quantization="none",
            parameters=0,
            vocabulary_size=256,
            trained_context=4096,
            context=4096,
            file_bytes=0,
            sha256="table",
            fingerprint=self.vocabulary.fingerprint,
            engine="table 1",
            device="none",
            threads=1,
            arithmetic=Arithmetic(1, 1, 1, repeats=True, check="none"),
            chat_template="",
        )
        self.odds, self.contagion = odds, contagion

    def tokenize(self, text: str) -> Path:
        return tuple(TokenId(byte) for byte in text.encode())

    def close(self) -> None:
        pass

    def render_chat(self, turns: tuple[Turn, ...]) -> Path:
        raise AssertionError(turns)

    def ask(self, request: Request) -> Iterator[Answer]:
        if isinstance(request, MeasureFloors):
            yield Floors(*[0.0] * len(fields(Floors)))
            yield Meter(1, 0, 0.0)
            return
        assert isinstance(request, Read)
        for number, reading in enumerate(request.readings):
            data = bytes(reading.path)
            for index in range(reading.since, len(data)):
                nothing = Distribution(b"", b"", 0.0, exact=True)
                following = None
                watched: tuple[Scored, ...] = ()
                if index + 1 == len(data):
                    text = data.decode()
                    watched = tuple(
                        Scored(token, math.log(self.chance(text, chr(token))), 1)
                        for token in reading.watch
                    )
                elif index + 1 < len(data):
                    chance = self.chance(data[: index + 1].decode(), chr(data[index + 1]))
                    following = Scored(TokenId(data[index + 1]), math.log(chance), 1)
                yield Expected(number, index, nothing, following, watched)
        yield Meter(1, 0, 0.0)

    def chance(self, before: str, following: str) -> float:
        """Return P(following | before): only a value, after the colon and space, is uncertain."""
        table_text, middle, answered = before.partition("Answers:\n")
        if not middle and following.isdigit() and ": " in before.rpartition("\n")[2]:
            return self.count(before.splitlines(), following)
        if not (middle and answered.endswith(": ") and following.isdigit()):
            return 1.0
        table = dict(line.split(": ") for line in table_text.partition("Table:\n")[2].splitlines())
        *lines, asked = answered.splitlines()
        wrong = any(table[key] != value for key, value in (line.split(": ") for line in lines))
        odds = self.odds / (self.contagion if wrong else 1)
        right = table.get(asked.partition(":")[0]) == following
        return odds / (1 + odds) if right else 1 / (1 + odds) / 9

    def count(self, lines: list[str], following: str) -> float:
        """Count on by one from what was written; only the last digit is uncertain."""
        *written, asked = lines
        wanted = str(int(written[-1].split(": ")[1]) + 1)
        before = asked.split(": ")[-1]
        if len(before) != len(wanted) - 1:
            return 1 - 1e-9 if following == wanted[len(before)] else 1e-10
        right = following == wanted[-1]
        return self.odds / (1 + self.odds) if right else 1 / (1 + self.odds) / 9


@pytest.fixture
def facts_text():
    return asset("facts/facts.json").read_text(encoding="utf-8")


@pytest.fixture
def few_resamples(monkeypatch):
    """What is not looked at is computed from few resamples."""
    monkeypatch.setattr("core.lab.statistics.ladder.GAP_GROUPS", 4)
    monkeypatch.setattr("core.lab.influence_outcome.FAMILY_RESAMPLES", 4)
    monkeypatch.setattr("core.lab.self_checks.LEAST_RUNS", 3)


def rows_of(engine, experiment, settings, done=()):
    return [p for p in run(engine, experiment, settings, done) if isinstance(p, Row)]


def counted(items, seed=0, facts=()):
    return Settings(facts, seed, items)
