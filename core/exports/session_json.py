"""A whole session as JSON, and back: `docs/session-json.md` says what each field means.

The names are a public interface: fields may be added, none removed or renamed.
"""

import json
import math
from collections.abc import Iterable
from typing import Any, cast

import numpy as np

from core.distribution import IDS, LOGPROBS
from core.exports.answers_json import Json, token_json
from core.exports.lab_json import lab_from_json, lab_json
from core.forks import spec_from_json, spec_to_json
from core.history import Act, ActState
from core.known_error import KnownError
from core.readings import Row
from core.records import Contents, EventRow, FindingRow, ForkRow, ModelRow
from core.remembered import RememberedPieces
from core.session import Session
from core.session_checking import SLACK, check_contents
from core.session_reading import UNFIT, views_from
from core.session_rows import (
    card_from_json,
    card_to_json,
    effects_from_json,
    effects_to_json,
    finding_from_json,
    finding_to_json,
)
from core.tokens import Token, TokenId
from core.tree import ORIGINS, ActId, NodeId, Origin
from core.view_state import view_to_json

FORMAT = "swerve session"
VERSION = 1


class UnfitJsonError(KnownError):
    """The text is not a session that `session_json` wrote."""


def session_json(session: Session) -> Json:
    """Tell everything that a session holds; `derived` is for readers and not read back."""
    contents = session.contents()
    return {
        "format": FORMAT,
        "version": VERSION,
        "tokens": [
            {"slot": slot, **token_json(token), "special": token.special}
            for slot, token in enumerate(contents.tokens)
        ],
        "nodes": [
            {"id": number, "parent": parent, "token": slot, "origin": ORIGINS[origin], "act": act}
            for number, (parent, slot, origin, act) in enumerate(
                zip(*contents.nodes, strict=True), start=1
            )
        ],
        "models": [
            {"number": model.number, "card": json.loads(card_to_json(model.card))}
            for model in contents.models
        ],
        "readings": [
            _reading(model, row) for model, rows in contents.readings.items() for row in rows
        ],
        "acts": [_act(act) for act in contents.acts],
        "events": [
            {"moment": event.moment, "verb": event.verb, "act": event.act}
            for event in contents.events
        ],
        "forks": [
            {
                "act": fork.act,
                "spec": json.loads(spec_to_json(fork.spec)),
                "branches": [[role, first] for role, first in fork.branches],
            }
            for fork in contents.forks
        ],
        "findings": [_finding(found) for found in contents.findings],
        "settings": contents.settings,
        "experiments": lab_json(contents.lab),
        "views": {key: json.loads(view_to_json(state)) for key, state in contents.views.items()},
        "drawn": [{"node": node, "logprob": logprob} for node, logprob in contents.drawn.items()],
        "pieces": [
            {"model": model, **token_json(token), "special": token.special}
            for model, pieces in contents.pieces.items()
            for token in pieces.values()
        ],
        "derived": _derived(session),
    }


def session_from_json(text: str) -> Session:
    """Return the session that `session_json` told. Raises `UnfitJsonError`."""
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or cast("Json", told).get("format") != FORMAT:
            raise UnfitJsonError("This JSON is not a session that Swerve exported.")
        fields = cast("dict[str, Any]", told)
        version = _whole(fields["version"])
        if version < 1:
            raise ValueError("there was no such version")
        if version > VERSION:
            raise UnfitJsonError("This JSON was written by a newer Swerve: update to import it.")
        contents = _contents(fields)
        check_contents(contents, tuple(_whole(node["id"]) for node in fields["nodes"]))
        return Session.restored(contents)
    except UNFIT as error:
        raise UnfitJsonError("This JSON is a damaged session: nothing was imported.") from error


def _reading(model: int, row: Row) -> Json:
    node, logprob, rank, ids, logprobs, entropy, exact = row
    return {
        "model": model,
        "node": node,
        "logprob": None if logprob is None else _number(logprob),
        "rank": rank,
        "entropy": None if entropy is None else _number(entropy),
        "exact": bool(exact),
        "ids": None if ids is None else np.frombuffer(ids, IDS).tolist(),
        "logprobs": None
        if logprobs is None
        else [_number(value) for value in np.frombuffer(logprobs, LOGPROBS).tolist()],
    }


def _number(value: float) -> float | str | None:
    """Return a number as JSON has it: what is forbidden has the logarithm minus infinity.

    What is not a number is null, so that one such candidate does not keep the rest in the file.
    """
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _act(act: Act) -> Json:
    return {
        "id": act.id,
        "label": act.label,
        "moment": act.moment,
        "state": act.state.value,
        "made_by": json.loads(act.made_by) if act.made_by else None,
        "effects": json.loads(effects_to_json(act.effects)),
    }


def _finding(found: FindingRow) -> Json:
    kind, payload = finding_to_json(found.finding)
    return {"act": found.act, "model": found.model, "kind": kind, "finding": json.loads(payload)}


def _derived(session: Session) -> Json:
    visible = [node.id for node in session.tree if session.visibility.is_visible(node.id)]
    return {
        "visible": visible,
        "branches": [
            {
                "first": first,
                "name": branch.name,
                "role": branch.role.value,
                "nodes": list(session.branches.nodes_of(first)),
                "text": session.tree.text_to(session.branches.tip_of(first)),
            }
            for first, branch in session.branches.visible().items()
        ],
        "notes": [{"node": node, "text": text} for node, text in session.notes.items()],
        "bookmarks": list(session.bookmarks),
        "tags": [{"node": node, "tags": list(tags)} for node, tags in session.tags.items()],
    }


def _contents(told: dict[str, Any]) -> Contents:
    nodes = told["nodes"]
    if [_whole(row["slot"]) for row in told["tokens"]] != list(range(len(told["tokens"]))):
        raise ValueError("tokens are not in the order of their slots")
    models = tuple(
        ModelRow(_whole(row["number"]), card_from_json(json.dumps(row["card"])))
        for row in told["models"]
    )
    readings: dict[int, list[Row]] = {model.number: [] for model in models}
    for row in told["readings"]:
        readings[row["model"]].append(_row(row))
    for rows in readings.values():
        rows.sort(key=lambda row: row[0])
    return Contents(
        tokens=tuple(_token(row) for row in told["tokens"]),
        nodes=(
            tuple(_whole(row["parent"]) for row in nodes),
            tuple(_whole(row["token"]) for row in nodes),
            tuple(ORIGINS.index(Origin(row["origin"])) for row in nodes),
            tuple(_whole(row["act"]) for row in nodes),
        ),
        models=models,
        readings=readings,
        acts=tuple(_act_of(row) for row in told["acts"]),
        events=tuple(
            EventRow(str(row["moment"]), str(row["verb"]), ActId(_whole(row["act"])))
            for row in told["events"]
        ),
        forks=tuple(
            ForkRow(
                ActId(_whole(row["act"])),
                spec_from_json(json.dumps(row["spec"])),
                tuple((str(role), NodeId(_whole(first))) for role, first in row["branches"]),
            )
            for row in told["forks"]
        ),
        findings=tuple(
            FindingRow(
                ActId(_whole(row["act"])),
                _whole(row["model"]),
                finding_from_json(row["kind"], json.dumps(row["finding"])),
            )
            for row in told["findings"]
        ),
        settings={str(key): str(value) for key, value in told["settings"].items()},
        views=views_from(
            ((str(key), json.dumps(state)) for key, state in told.get("views", {}).items()),
            len(nodes),
        ),
        lab=lab_from_json(told.get("experiments", {})),
        drawn={NodeId(_whole(row["node"])): float(row["logprob"]) for row in told.get("drawn", ())},
        pieces=_pieces(told.get("pieces", ())),
    )


def _pieces(told: Iterable[dict[str, Any]]) -> dict[int, RememberedPieces]:
    pieces: dict[int, RememberedPieces] = {}
    for row in told:
        pieces.setdefault(_whole(row["model"]), RememberedPieces()).add(_token(row))
    return pieces


def _row(told: dict[str, Any]) -> Row:
    ids, logprobs, entropy = told["ids"], told["logprobs"], told["entropy"]
    logprob, rank = told["logprob"], told["rank"]
    fits = (
        (ids is None) == (logprobs is None) == (entropy is None)
        and (ids is None or len(ids) == len(logprobs))
        and (logprob is None) == (rank is None)
        and (rank is None or rank >= 1)
        and (logprob is None or float(logprob) <= SLACK)
        and (entropy is None or not math.isnan(float(entropy)))
    )
    if not fits:
        raise ValueError("a reading does not hold together")
    return (
        _whole(told["node"]),
        None if logprob is None else float(logprob),
        None if rank is None else _whole(rank),
        None if ids is None else np.array([_whole(i) for i in ids], IDS).tobytes(),
        None if logprobs is None else _read_back(logprobs),
        None if entropy is None else float(entropy),
        int(_flag(told["exact"])),
    )


def _read_back(logprobs: list[float | str | None]) -> bytes:
    """Return the log-probabilities that `_number` told, packed."""
    values = [math.nan if value is None else float(value) for value in logprobs]
    with np.errstate(over="ignore"):  # what is beyond a float32 is infinite
        return np.array(values, LOGPROBS).tobytes()


def _whole(value: object) -> int:
    """Return a whole number; ValueError for anything that only resembles one."""
    if type(value) is not int:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _token(told: dict[str, Any]) -> Token:
    return Token(TokenId(_whole(told["id"])), bytes.fromhex(told["bytes"]), _flag(told["special"]))


def _act_of(told: dict[str, Any]) -> Act:
    made_by = told["made_by"]
    return Act(
        ActId(_whole(told["id"])),
        str(told["label"]),
        str(told["moment"]),
        effects_from_json(json.dumps(told["effects"])),
        ActState(told["state"]),
        "" if made_by is None else json.dumps(made_by, ensure_ascii=False),
    )
