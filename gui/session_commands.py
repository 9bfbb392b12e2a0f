"""The window's verbs without a window: what commands do with a session and a loaded model."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from core.change import Change
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
from core.workbench import Workbench

Say = Callable[[str], None]


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
