"""The window's verbs without a window: what commands do with a session and a loaded model."""

import json
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from core.change import Change
from core.engine import Engine
from core.error_records import records_to_json
from core.exports.answers_json import Json
from core.exports.session_csv import candidates_csv, tokens_csv
from core.exports.session_json import session_from_json, session_json
from core.exports.session_markdown import session_markdown
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.session import Session
from core.session_file import SessionFile
from core.session_reading import load
from core.session_view import error_at
from core.storage import InlineStorage
from core.tokens import text_of
from core.tree import NodeId, Origin
from core.verifying import SAMPLE, verify
from core.workbench import Workbench

Say = Callable[[str], None]

HASH_PATIENCE = 60.0
"""Seconds that a command waits for the hash of a model's file: some are very large."""


@contextmanager
def workbench_on(path: Path | None, engine: Engine | None) -> Generator[Workbench]:
    """Open a session, or start one that will be kept at `path`; every problem is raised.

    Everything runs on this thread and is on the disk when the block ends.
    """
    problems: list[str] = []

    def hear(change: Change) -> None:
        if change.problem is not None:
            problems.append(change.problem)

    workbench = Workbench(run_now, InlineRunner, InlineStorage)
    workbench.observe(hear)
    if path is not None and path.exists():
        workbench.open(path)
    elif path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        workbench.start_untitled(path)
    if engine is not None:
        workbench.attach_engine(engine)
    _raise_first(problems)
    try:
        yield workbench
        if engine is not None and len(workbench.tree):
            _await_hash(engine)
            workbench.recognise()
    finally:
        workbench.close()
    _raise_first(problems)


def _raise_first(problems: list[str]) -> None:
    if problems:
        raise KnownError(problems[0])


def tell_story(engine: Engine, spec: ForkSpec, session: Path) -> None:
    """Build a fork and write it to a session file."""
    with workbench_on(session, engine) as workbench:
        workbench.tell_fork(spec)


def verify_session(path: Path, engine: Engine, *, everything: bool, progress: Say) -> Json:
    """Compute stored exact readings again, a sample or all; `ok` says whether they hold."""
    session = load(path)
    _await_hash(engine)
    verdict = verify(session, engine, sample=None if everything else SAMPLE, progress=progress)
    # JSON has no infinity, which is how far a number lies from what is none.
    return {name: str(one) if one == math.inf else one for name, one in asdict(verdict).items()}


def export_session(path: Path, form: str, rows: str | None) -> str:
    """Return a session as `json`, `csv` or `markdown` text; `rows` chooses what a CSV lists."""
    session = load(path)
    match form, rows:
        case "json", None:
            return json.dumps(session_json(session), ensure_ascii=False) + "\n"
        case "markdown", None:
            return session_markdown(session, path.stem)
        case "csv", "candidates":
            return candidates_csv(session)
        case "csv", _:
            return tokens_csv(session)
        case _:
            raise KnownError("--rows says what a CSV lists: leave it out, or use --format csv.")


def write_export(path: Path, form: str, *, rows: str | None, out: Path) -> Json:
    """Write a session as text to `out`; a CSV without `rows` becomes two files."""
    texts = {out: export_session(path, form, rows)}
    if form == "csv" and rows is None:
        texts[out.with_suffix(f".candidates{out.suffix}")] = export_session(
            path, form, "candidates"
        )
    for file, text in texts.items():
        try:
            file.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise KnownError(f"{file.name} cannot be written: {error.strerror}.") from error
    return {
        "format": form,
        "files": [{"path": str(file), "bytes": file.stat().st_size} for file in texts],
    }


def import_session(path: Path, out: Path) -> Json:
    """Write the session that `path` tells as JSON to a new session file."""
    if out.exists():
        raise KnownError(f"{out.name} is there already: choose another name.")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise KnownError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise KnownError(f"{path.name} is not text: export a session as JSON first.") from error
    SessionFile.create(out, session_from_json(text).contents()).close()
    return session_info(out)


def compact_session(path: Path, *, sure: bool) -> Json:
    """Delete for good what is hidden. Raises `KnownError` that says what, unless `sure`."""
    if not path.exists():
        raise KnownError(f"{path.name} is not there.")
    before = path.stat().st_size
    with workbench_on(path, None) as workbench:
        losses = workbench.compacting_loses()
        if losses and not sure:
            raise KnownError(f"This would delete for good {losses.words()}: add --yes to do it.")
        if losses:
            workbench.compact()
    return {
        "path": str(path),
        "deleted": asdict(losses),
        "bytes_before": before,
        "bytes": path.stat().st_size,
    }


def _await_hash(engine: Engine) -> None:
    """Wait until the model's file is hashed, without which nobody can tell whose numbers are whose.

    A model without a file has no hash to wait for.
    """
    end = time.monotonic() + HASH_PATIENCE
    while engine.card.path and not engine.card.sha256 and time.monotonic() < end:
        time.sleep(0.02)


def session_info(path: Path) -> Json:
    """Tell what a session file holds."""
    session = load(path)
    tree = session.tree
    readings = session.readings_of(session.last_card())
    nodes = list(tree)
    read = [node.id for node in nodes if readings.expects(node.id) is not None]
    card = session.last_card()
    branches = session.branches.visible()
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "nodes": len(nodes),
        "visible": sum(session.visibility.is_visible(node.id) for node in nodes),
        "inserted": sum(node.origin is Origin.INSERTED for node in nodes),
        "readings": len(read),
        "exact": sum(readings.is_exact(node) for node in read),
        "model": None
        if card is None
        else {
            "name": card.name,
            "sha256": card.sha256,
            "quantization": card.quantization,
            "engine": card.engine,
            "arithmetic": card.arithmetic.check,
        },
        "branches": [
            {
                "name": branch.name,
                "role": branch.role.value,
                "tokens": len(session.branches.nodes_of(first)),
                "text": text_of([tree.token(node) for node in session.branches.nodes_of(first)]),
                "error": _error_json(session, first),
            }
            for first, branch in branches.items()
        ],
        "notes": len(session.notes),
        "bookmarks": len(session.bookmarks),
    }


def _error_json(session: Session, first: NodeId) -> Json | None:
    """Return what is remembered of the text inserted at a branch, with its surprise in bits."""
    record = error_at(session, first)
    if record is None:
        return None
    told: Json = dict(records_to_json((record,))[0])
    return told | {"bits": record.bits}
