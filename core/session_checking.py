"""Whether the parts of a session fit together: files and JSON are written by others too."""

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.distribution import IDS, LOGPROBS
from core.history import Act, ForkSet
from core.lab_records import FactPackRow, ItemRow, LabRecord, RunRow
from core.readings import ReadingColumns, Row, columns_of
from core.records import Contents
from core.session_models import LAST_MODEL
from core.tokens import Token
from core.tree import ROOT, ActId, NodeId

MOST_WHOLE = 2**63 - 1
"""The largest whole number that a file holds."""

MOST_ID = 2**31 - 1
"""The largest id of a token: candidates are packed as int32."""

MOST_DIGITS = 9
"""Of a number that is kept as a setting."""

SLACK = 1e-3
"""By how much a log-probability may exceed 0 (nats): rounding does that."""

NO_CELL = -1
"""The length of what is not there."""


def check_contents(contents: Contents, ids: Sequence[int]) -> None:
    """Raise ValueError when parts name parts that are not there, or hold what no part may."""
    count, models = len(ids), len(contents.models)
    acts = {act.id for act in contents.acts}
    last = contents.settings.get(LAST_MODEL, "0")
    sizes = {model.number: model.card.vocabulary_size for model in contents.models}
    fits = (
        list(ids) == list(range(1, count + 1))
        and sorted(acts) == list(range(1, len(acts) + 1))
        and acts.issuperset(contents.nodes[3])
        and acts.issuperset(event.act for event in contents.events)
        and [model.number for model in contents.models] == list(range(1, models + 1))
        and _are_tokens(contents.tokens)
        and all(_fit(rows, count, sizes[model]) for model, rows in contents.readings.items())
        and all(fork.act in acts for fork in contents.forks)
        and _name_forks(contents.acts, {fork.act for fork in contents.forks})
        and all(_tells_how(act.made_by) for act in contents.acts)
        and _are_drawn(contents.drawn, count)
        and all(_are_within(told, sizes.get(model, 0)) for model, told in contents.pieces.items())
        and all(1 <= each.model <= models for each in contents.findings)
        and last.isdecimal()
        and len(last) <= MOST_DIGITS
        and all(_is_of_a_lab(record, models) for record in contents.lab)
    )
    if not fits:
        raise ValueError("the session does not hold together")


def _are_tokens(tokens: Sequence[Token]) -> bool:
    """Return whether these are different tokens: nodes name them by their places."""
    are_ids = all(0 <= token.id <= MOST_ID for token in tokens)
    return are_ids and len(set(tokens)) == len(tokens)


def _fit(rows: Sequence[Row], count: int, size: int) -> bool:
    """Return whether there is one sound reading for each of some nodes, in their order."""
    known = columns_of(rows)
    ids = [row[3] for row in rows]
    logprobs = [row[4] for row in rows]
    lengths = _lengths(ids)
    return (
        bool((np.diff(known.node, prepend=0, append=count + 1) > 0).all())
        and _are_scores(known, size)
        and bool((lengths == _lengths(logprobs)).all())
        and bool(((lengths == NO_CELL) == np.isnan(known.entropy)).all())
        and not (lengths[lengths != NO_CELL] % IDS.itemsize).any()
        and _are_candidates(b"".join(filter(None, ids)), b"".join(filter(None, logprobs)), size)
    )


def _are_scores(known: ReadingColumns, size: int) -> bool:
    """Return whether nodes have a log-probability and a rank in a vocabulary, or neither."""
    logprob, rank = known.logprob, known.rank
    has_neither = np.isnan(logprob) & np.isnan(rank)
    has_both = (logprob <= SLACK) & (rank >= 1) & (rank <= size)
    return bool((has_neither | has_both).all())


def _lengths(cells: Sequence[bytes | None]) -> NDArray[np.int64]:
    return np.array([NO_CELL if cell is None else len(cell) for cell in cells], np.int64)


def _are_candidates(ids: bytes, logprobs: bytes, size: int) -> bool:
    """Return whether these are packed ids of a vocabulary and their log-probabilities."""
    numbers, chances = np.frombuffer(ids, IDS), np.frombuffer(logprobs, LOGPROBS)
    return not ((numbers < 0) | (numbers >= size)).any() and not (chances > SLACK).any()


def _are_drawn(drawn: Mapping[NodeId, float], count: int) -> bool:
    """Return whether these are log-probabilities of some of the nodes."""
    logprobs = np.fromiter(drawn.values(), np.float64, len(drawn))
    return _are_within(drawn, count + 1) and ROOT not in drawn and bool((logprobs <= SLACK).all())


def _are_within(numbers: Collection[int], end: int) -> bool:
    """Return whether all of these are from 0 up to `end`, which is left out."""
    return not numbers or (min(numbers) >= 0 and max(numbers) < end)


def _name_forks(acts: Iterable[Act], forks: set[ActId]) -> bool:
    """Return whether every fork that an act shows or puts away is there."""
    ends = (
        end
        for act in acts
        for effect in act.effects
        if isinstance(effect, ForkSet)
        for end in (effect.before, effect.after)
    )
    return all(end is None or end in forks for end in ends)


def _is_of_a_lab(record: LabRecord, models: int) -> bool:
    """Return whether a file can hold this record, of one of so many models."""
    match record:
        case FactPackRow():
            return True
        case ItemRow(place=place):
            return 0 <= place <= MOST_WHOLE
        case RunRow(number=number, items=items, seed=seed, tokens=tokens, seconds=seconds):
            whole = all(abs(one) <= MOST_WHOLE for one in (number, items, seed, tokens))
            return whole and 1 <= record.model <= models and not math.isnan(seconds)


def _tells_how(made_by: str) -> bool:
    """Return whether this is what `Act.made_by` may be; ValueError when it is no JSON at all."""
    if not made_by:
        return True
    told: Any = json.loads(made_by)
    if not isinstance(told, dict):
        return False
    fields = cast("dict[str, Any]", told)
    growths = fields.get("growths", [])
    return (
        isinstance(growths, list)
        and all(map(_has_a_tip, cast("list[object]", growths)))
        and ("grow" not in fields or _has_a_tip(fields["grow"]))
        and ("replanted" not in fields or _has_tips(fields["replanted"]))
    )


def _has_tips(told: object) -> bool:
    tips: object = cast("dict[str, object]", told).get("tips") if isinstance(told, dict) else None
    if not isinstance(tips, list):
        return False
    return all(isinstance(tip, int | None) for tip in cast("list[object]", tips))


def _has_a_tip(growth: object) -> bool:
    if not isinstance(growth, dict):
        return False
    return isinstance(cast("dict[str, object]", growth).get("tip", ""), int | None)
