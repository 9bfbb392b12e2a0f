"""What is measured of a model stands on its card, and is measured once for each file."""

from dataclasses import replace
from typing import Any

import pytest

from core.engine import Cells, Floors, Speed
from core.exports.answers_json import measured_json
from core.session_rows import card_from_json, card_to_json
from gui.model_pill import measured_words
from models import engine_child, file_facts
from models.scripted_engine import ScriptedEngine
from models.wire import Measured, Wire

FLOORS = Floors(0.0, 0.0, 0.021, 0.31, 0.007)


class Ear(Wire):
    """Hears what a child would send."""

    def __init__(self):
        self.sent: list[Any] = []

    def send(self, record):
        self.sent.append(record)


@pytest.fixture
def engine():
    engine = ScriptedEngine()
    yield engine
    engine.close()


def test_the_floors_are_measured_when_nobody_asks_and_only_once(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(file_facts, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setattr(engine_child, "IDLE", 0.05)
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights")
    ear = Ear()
    engine_child._Desk(ear, engine).measure_floors(file)
    (told,) = ear.sent
    assert isinstance(told, Measured)
    assert told.floors.repeat_sqrt_js == 0
    monkeypatch.setattr(engine, "ask", None)  # it is not asked again
    engine_child._Desk(ear, engine).measure_floors(file)
    assert ear.sent == [told, told]


def test_what_was_not_measured_is_said_to_be_so(engine):
    assert measured_json(engine.card) == {"speed": None, "cells": None, "floors": None}
    words = "\n".join(measured_words(engine.card))
    assert words.count("not measured yet") == 2


def test_what_was_measured_is_told(engine):
    card = replace(engine.card, speed=Speed(171.25, 104.0), cells=Cells(True, 188.7, "so"))
    card = card.with_floors(FLOORS)
    told = measured_json(card)
    assert told["speed"] == {"prompt_tokens_per_second": 171.2, "stream_tokens_per_second": 104.0}
    words = " ".join(measured_words(card))
    assert "reads 171 and writes 104 tokens a second" in words
    assert "rounding floor 0.021" in words
    assert "one for all branches, 189 MB" in words


def test_a_session_keeps_the_model_and_not_the_machine(engine):
    card = replace(engine.card, speed=Speed(1.0, 2.0), cells=Cells(True, 1.0, "so"))
    assert card_from_json(card_to_json(card.with_floors(FLOORS))) == engine.card
