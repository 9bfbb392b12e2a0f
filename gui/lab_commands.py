"""What `swerve lab` does: lists experiments, runs one, and lets the lab test itself."""

import argparse
import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TextIO

from core.engine import Engine
from core.exports.answers_json import Json, model_json
from core.known_error import KnownError
from core.lab.experiment import Experiment, Progress, Row, Settings, run
from core.lab.facts import Fact, parse_facts
from core.lab.outcome_json import check_json, outcome_json, rows_json
from core.lab.registry import EXPERIMENTS
from core.lab.report import report_html
from core.lab.rows_csv import rows_csv
from core.lab.rows_text import header_line, read_rows, row_line
from core.lab.self_checks import MakeFake
from core.lab.self_test import QUICK, self_test
from core.lab_plans import MOST_PREAMBLE, POWER, Plan, effect_words, least_effect, plan_of
from gui.resources import asset

Say = Callable[[str], None]
Options = argparse.Namespace

SECONDS_EACH, SECONDS_A_RUN = 0.7, 8.0
"""What a simulation of every kind takes, and a whole run of every experiment, on a usual core."""


def lab_list() -> Json:
    """Tell which experiments there are."""
    return {
        "experiments": [
            {
                "name": experiment.name,
                "purpose": experiment.purpose,
                "method": experiment.method,
                "quick_items": experiment.quick,
            }
            for experiment in EXPERIMENTS
        ]
    }


def lab_run(
    engine: Engine, experiment: Experiment, options: Options, say: Say, *, sha256: str
) -> Json:
    """Run one experiment, keep its rows as they come, and tell what it found."""
    facts_path = Path(options.facts) if options.facts else asset("facts/facts.json")
    facts, digest = load_facts(facts_path)
    plan = plan_of(experiment.name)
    assert plan is not None, "every experiment has a plan"
    settings = _settings(plan, facts, options)
    items, length = settings.items, 0 if settings.extent is None else settings.extent.length
    experiment.tasks(settings)  # what cannot be run is said before anything is written
    for name in (options.csv, options.report):
        _check_place(name)
    about: dict[str, str | int] = {
        "experiment": experiment.name,
        "model_sha256": sha256,
        "facts_sha256": digest,
        "seed": settings.seed,
        "items": settings.items,
        "swerve": version("swerve"),
    }
    about |= _chosen(plan, settings)
    with ExitStack() as stack:
        rows, keep = _rows_file(stack, options.rows, about)
        tell = _teller(say, effect_words(plan, items, length))
        if rows:
            say(f"Resuming after {len(rows)} items.")
        try:
            for product in run(engine, experiment, settings, tuple(rows)):
                match product:
                    case Row():
                        rows.append(product)
                        keep(product)
                    case Progress():
                        tell(product)
        except KeyboardInterrupt:
            say(_stopped(len(rows), options.rows))
            raise
    outcome = experiment.analyse(rows, settings)
    repeat: dict[str, object] = {
        **about,
        "model": engine.card.name,
        "quantization": engine.card.quantization,
        "engine": engine.card.engine,
        "device": engine.card.device,
        "threads": engine.card.threads,
        "arithmetic": engine.card.arithmetic.check,
        "python": python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "temperature": 1,
        "chat template": "applied"
        if experiment.chat and engine.card.chat_template
        else "not applied",
    }
    if options.csv:
        _write(Path(options.csv), rows_csv(rows))
        say(f"Rows: {options.csv}")
    if options.report:
        _write(Path(options.report), report_html(experiment, outcome, rows, repeat))
        say(f"Report: {options.report}")
    say(outcome.sentence)
    return {
        "experiment": experiment.name,
        "model": {**model_json(engine), "sha256": sha256},
        "settings": repeat,
        "least_effect": {
            "in": plan.effect.value,
            "size": least_effect(plan, items, length),
        },
        "least_effect_sd": POWER / items**0.5,
        **outcome_json(outcome),
        "rows": rows_json(rows),
    }


def _settings(plan: Plan, facts: tuple[Fact, ...], options: Options) -> Settings:
    """Return what a run is made of. Raises `KnownError` when its preamble is too long."""
    size = plan.standard if options.size == "standard" else plan.quick
    chosen: str = options.tasks or ""
    tasks = tuple(one.strip() for one in chosen.split(",") if one.strip())
    preamble: str = (options.preamble or "").strip()
    if len(preamble) > MOST_PREAMBLE:
        raise KnownError(f"A preamble takes {MOST_PREAMBLE} characters at most: shorten it.")
    return Settings(
        facts, options.seed, options.items or size, tasks, plan.extent_at(size), preamble
    )


def _chosen(plan: Plan, settings: Settings) -> dict[str, str | int]:
    """Return what was chosen beside size and seed, and is not what was always so."""
    told: dict[str, str | int] = {}
    if settings.tasks:
        told["tasks"] = ", ".join(settings.tasks)
    extent = settings.extent
    if extent is not None and extent != plan.extents[0]:
        told["length"] = extent.length
        if extent.samples:
            told["samples"] = extent.samples
    if settings.preamble:
        told["preamble"] = settings.preamble
    return told


def lab_selftest(make: MakeFake, simulations: int, say: Say) -> Json:
    """Let the lab measure a model of known errors; tell how often it was right."""
    size = replace(QUICK, simulations=simulations)
    seconds = size.simulations * SECONDS_EACH + size.runs * SECONDS_A_RUN
    say(
        f"{size.simulations} simulations of each kind and {size.runs} whole runs, about"
        f" {seconds:.0f} seconds."
    )
    checks: list[Json] = []
    passed = True
    for check in self_test(make, size):
        verdict = "as it should be" if check.passed else "NOT as it should be"
        say(
            f"{check.name} ({check.truth}): {check.share.estimate:.3f}"
            f" ({check.share.low:.3f} to {check.share.high:.3f}), wanted {check.least:g} to"
            f" {check.most:g}: {verdict}"
        )
        passed = passed and check.passed
        checks.append(check_json(check))
    return {"simulations": size.simulations, "passed": passed, "checks": checks}


def load_facts(path: Path) -> tuple[tuple[Fact, ...], str]:
    """Read a fact pack and its SHA-256. Raises `KnownError` when it is not one."""
    try:
        data = path.read_bytes()
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(f"The fact pack {path} cannot be read ({error}).") from None
    return parse_facts(text, path.name), hashlib.sha256(data).hexdigest()


def _teller(say: Say, shows: str) -> Callable[[Progress], None]:
    """Return what tells the cost once it can be foreseen, and then how far the run is."""
    foretold: list[float] = []

    def tell(progress: Progress) -> None:
        wanted, spent = progress.wanted, progress.seconds
        whole = spent + progress.seconds_left
        if not foretold and 0 < progress.done < wanted:
            foretold.append(whole)
            say(
                f"{wanted} items cost about {progress.tokens_read * whole / spent:.0f} tokens and"
                f" {whole / 60:.1f} minutes. {shows}"
            )
        say(f"{progress.done} of {wanted} items, about {progress.seconds_left:.0f} seconds left")

    return tell


def _stopped(many: int, name: str | None) -> str:
    if name is None:
        return f"{many} items were read and are gone: --rows F.jsonl would have kept them."
    return f"{many} items are kept in {name}: the same command goes on from there."


def _rows_file(
    stack: ExitStack, name: str | None, about: dict[str, str | int]
) -> tuple[list[Row], Callable[[Row], None]]:
    """Read the rows that are there; return them and what keeps a new one."""
    if name is None:
        return [], lambda _: None
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        rows = list(read_rows(whole, about, path.name))
        if whole != text:  # the last line was cut off with the run that wrote it
            path.write_text(whole, encoding="utf-8")
        file: TextIO = stack.enter_context(path.open("a", encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(f"The rows cannot be kept in {path} ({error}).") from None
    if not whole:
        file.write(header_line(about))

    def keep(row: Row) -> None:
        file.write(row_line(row))
        file.flush()

    return rows, keep


def _check_place(name: str | None) -> None:
    """Refuse a file that could not be written after a run has cost its minutes."""
    if name is None:
        return
    path = Path(name)
    if path.is_dir():
        raise KnownError(f"{path} is a folder: name a file.")
    if not path.parent.is_dir():
        raise KnownError(f"There is no folder {path.parent} for {path.name}: make it first.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise KnownError(f"{path} cannot be written ({error}): name another file.") from None
