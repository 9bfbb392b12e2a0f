"""Words about a run and its numbers, as the lab's page writes them."""

import textwrap
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from platform import python_version
from typing import Any

from core.engine import ModelCard
from core.lab_book import Run
from core.lab_plans import plan_of
from core.lab_products import choices_of
from core.lab_records import RunState
from gui import figures
from gui.lab_choices import extent_words
from gui.lab_form import duration

Json = Mapping[str, Any]

SHORT = 40
"""Characters of a preamble that stand on one line."""

WHOLE = 999.5
"""From here on three figures would need a power of ten."""

NOTHING = 1e-12
"""Smaller numbers are what arithmetic left of 0."""


def state_words(run: Run) -> str:
    """Return where a run stands: its items, its time, why it ended."""
    row = run.row
    items = f"{run.counted} of {row.items} items"
    dropped = len(run.rows) - run.counted
    if dropped:
        items += f", {dropped} dropped"
    match row.state:
        case RunState.RUNNING:
            left = run.pace.seconds_left if run.pace is not None else None
            time = "" if left is None or not run.rows else f" · about {figures.seconds(left)} left"
            return f"running · {items}{time}"
        case RunState.DONE:
            return f"done · {items} · {duration(row.seconds)}"
        case _:
            return f"{row.state.value} · {items}"


def list_words(runs: Mapping[int, Run]) -> dict[int, str]:
    """Return each run as one short line of a list; those of one line are told apart by their time.

    A time says when a run was begun.
    """
    lines = {number: _line(run) for number, run in runs.items()}
    often = Counter(lines.values())
    return {
        number: f"{line} · {_moment(runs[number].row.moment, precise=True)}"
        if often[line] > 1
        else line
        for number, line in lines.items()
    }


def _line(run: Run) -> str:
    row = run.row
    return f"{row.experiment} · {run.counted}/{row.items} · seed {row.seed} · {row.state.value}"


def settings_words(run: Run, card: ModelCard, pack: str) -> str:
    """Return what a run was made of, on one line."""
    parts = [f"{card.name} {card.quantization}".strip(), f"seed {run.row.seed}"]
    if pack:
        parts.append(pack)
    parts += choice_words(run).values()
    parts.append(_moment(run.row.moment))
    return " · ".join(parts)


def choice_words(run: Run) -> dict[str, str]:
    """Return what was chosen of a run beside its size, by name; of a long preamble the start."""
    plan = plan_of(run.row.experiment)
    choices = choices_of(run.row.choices)
    told: dict[str, str] = {}
    if plan is not None and plan.extents:
        told["length"] = extent_words(plan, choices.extent or plan.extents[0])
    if choices.tasks:
        told["tasks"] = ", ".join(choices.tasks)
    if choices.preamble:
        told["preamble"] = f"“{textwrap.shorten(choices.preamble, SHORT, placeholder=' …')}”"
    return told


def about_json(run: Run, card: ModelCard, pack: str) -> dict[str, object]:
    """Return what a report says of how to repeat a run."""
    row = run.row
    plan = plan_of(row.experiment)
    is_chat = plan is not None and plan.uses_chat and bool(card.chat_template)
    return {
        "experiment": row.experiment,
        "items asked for": row.items,
        "items that count": run.counted,
        "state": row.state.value,
        "seed": row.seed,
        **_whole_choices(run),
        "facts": pack or "none",
        "facts_sha256": row.facts or "none",
        "model": card.name,
        "model_sha256": card.sha256,
        "quantization": card.quantization,
        "engine": card.engine,
        "device": card.device,
        "threads": card.threads,
        "arithmetic": card.arithmetic.check,
        "swerve": row.version,
        "begun": row.moment,
        "tokens read": row.tokens,
        "seconds": row.seconds,
        "temperature": 1,
        "python": python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "chat template": "applied" if is_chat else "not applied",
    }


def _whole_choices(run: Run) -> dict[str, str]:
    preamble = choices_of(run.row.choices).preamble
    return choice_words(run) | ({"preamble": preamble} if preamble else {})


def interval_words(interval: Json | None, *, signed: bool = False) -> str:
    """Return an estimate with its 95 % interval; a bound that is not there is left out."""
    if interval is None or interval["estimate"] is None:
        return "\N{EN DASH}"
    middle = number_words(interval["estimate"], signed=signed)
    if interval["low"] is None or interval["high"] is None:
        return f"{middle} (no interval)"
    low, high = (number_words(interval[side], signed=signed) for side in ("low", "high"))
    return f"{middle} ({low} to {high})"


def number_words(value: float | None, *, signed: bool = False) -> str:
    """Return a number to three figures, whole from a thousand on, with a real minus sign."""
    if value is None:
        return "\N{EN DASH}"
    if abs(value) < NOTHING:
        return "0"
    sign = "+" if signed else "-"
    if abs(value) < WHOLE:
        text = f"{value:{sign}.3g}"
    else:
        text = ("+" if signed and value > 0 else "") + figures.count(round(value))
    return text.replace("-", figures.MINUS)


def primary(found: Json) -> Json | None:
    """Return the finding that the experiment is about: the first that is marked so."""
    findings = found["findings"]
    marked = [one for one in findings if str(one["note"]).startswith("primary")]
    return next(iter(marked or findings), None)


def provisional_words(run: Run, found: Json) -> str:
    """Return what the rows so far say: no verdict before the size that was decided is reached."""
    finding = primary(found)
    start = f"Provisional, {run.counted} of {run.row.items} items"
    if finding is None:
        return f"{start}: nothing can be said yet."
    return f"{start}. {finding['name']}: {interval_words(finding)}."


def early_words(run: Run) -> str:
    """Return what stands under the result of a run that did not reach its size."""
    if run.row.state is RunState.RUNNING or run.is_whole:
        return ""
    return (
        f"Only {run.counted} of the {run.row.items} items that were decided on: no verdict is"
        " given. Resume it to reach them."
    )


def _moment(text: str, *, precise: bool = False) -> str:
    moment = datetime.fromisoformat(text).astimezone()
    return moment.strftime("%H:%M:%S" if precise else "%d %b %H:%M")
