"""The window's verbs without a window: what commands do with a session and a loaded model."""

import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from core.change import Change
from core.disk_trouble import GOES_ON, SAVE_ELSEWHERE
from core.engine import Engine
from core.error_records import records_to_json
from core.exports.answers_json import Json
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.session import Session
from core.session_reading import load
from core.session_view import error_at
from core.storage import InlineStorage
from core.tokens import text_of
from core.tree import NodeId, Origin
from core.verifying import SAMPLE, verify
from core.workbench import Workbench

Say = Callable[[str], None]

LOST = "What this command did is not saved: give it another place."

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
    if path is not None and is_there(path):
        workbench.open(path)
    elif path is not None:
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


def is_there(path: Path) -> bool:
    """Return whether there is such a file; writing says what is wrong with a folder."""
    try:
        return path.exists()
    except OSError:
        return False


def _raise_first(problems: list[str]) -> None:
    """Raise the first problem; no memory outlives a command, for work to go on in."""
    if problems:
        words = problems[0]
        for hope in (GOES_ON, SAVE_ELSEWHERE):
            words = words.replace(hope, LOST)
        raise KnownError(words)


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


def compact_session(path: Path, *, sure: bool) -> Json:
    """Delete for good what is hidden. Raises `KnownError` that says what, unless `sure`."""
    if not is_there(path):
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
    nodes = list(tree)
    readers = ((node.id, session.reader_of(node.id)) for node in nodes)
    rows = [session.readings_under(number).row(node) for node, number in readers if number]
    read = [row for row in rows if row is not None and row[3] is not None]
    card = session.last_card()
    branches = session.branches.visible()
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "nodes": len(nodes),
        "visible": sum(session.visibility.is_visible(node.id) for node in nodes),
        "inserted": sum(node.origin is Origin.INSERTED for node in nodes),
        "readings": len(read),
        "exact": sum(row[6] for row in read),
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
