"""Deals a session hard knocks: signal 9 while branches grow, and damaged files, many times over."""

import argparse
import hashlib
import json
import os
import queue
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from core.branches import Role
from core.engine import Engine
from core.exports.session_csv import candidates_csv, tokens_csv
from core.exports.session_json import session_from_json, session_json
from core.exports.session_markdown import session_markdown
from core.forks import ForkSpec
from core.jobs import InlineRunner, ThreadRunner, run_now
from core.known_error import KnownError
from core.sampling import FREE
from core.session_reading import load
from core.storage import InlineStorage, StorageThread
from core.tree import NodeId
from core.workbench import Change, Workbench
from gui.session_commands import session_info
from models.scripted_engine import ScriptedEngine

HERE = Path(__file__).resolve()
PATIENCE = 10
"""Seconds after which opening and using a damaged file counts as a hang."""

SPEC = ForkSpec("Mark is the CEO of", " Facebook", " Apple", " a", " a tech", "?", tokens=6)


def grow_without_end(path: Path) -> None:
    """Be the victim: let branches grow into `path`, and print the number of each settled node."""
    actions: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    workbench = Workbench(actions.put, ThreadRunner, StorageThread)
    workbench.attach_engine(ScriptedEngine())
    told = 0

    def tell(_: Change) -> None:
        nonlocal told
        while told < len(workbench.tree) and workbench.is_settled(NodeId(told + 1)):
            told += 1
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()

    workbench.observe(tell)
    workbench.save_as(path)
    workbench.tell_fork(SPEC)
    chance = random.Random()  # noqa: S311 - not a secret
    seed = 0
    while True:
        if not workbench.busy and len(workbench.tree):
            tips = [NodeId(chance.randint(1, len(workbench.tree))) for _ in range(3)]
            seed += 1
            workbench.continue_from(tips, tokens=8, sampler=FREE, seed=seed, samples=2)
            workbench.note(tips[0], f"round {seed}")
        actions.get()()


def kill_once(path: Path, chance: random.Random) -> tuple[int, bool]:
    """Kill a growing session; return how many announced nodes are lost, and whether it is sound."""
    child = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, str(HERE), "--victim", str(path)],
        env=os.environ | {"PYTHONPATH": str(HERE.parent.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    announced = int(child.stdout.readline())
    time.sleep(chance.random() * 1.5)
    child.send_signal(signal.SIGKILL)
    for line in child.stdout:
        if line.endswith("\n"):
            announced = int(line)
    child.wait()
    child.stdout.close()
    kept = len(load(path).tree)  # with the log that the victim left
    with closing(sqlite3.connect(path)) as db:
        sound = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return max(0, announced - kept), sound


def kills(rounds: int, chance: random.Random) -> dict[str, object]:
    """Kill `rounds` growing sessions."""
    lost = unsound = 0
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            missing, sound = kill_once(Path(folder) / f"{number}.swerve", chance)
        lost += missing
        unsound += not sound
    return {"kills": rounds, "announced_and_lost": lost, "integrity_failures": unsound}


def whole_session(path: Path) -> None:
    """Write a session with one of everything."""
    workbench = Workbench(run_now, InlineRunner, InlineStorage)
    engine = ScriptedEngine()
    workbench.attach_engine(engine)
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    assert workbench.fork is not None
    first = workbench.fork.branches[Role.ERROR]
    tip = workbench.tip_of(first)
    workbench.continue_from([tip], tokens=4, sampler=FREE, seed=3, samples=2)
    workbench.note(tip, "here it turns")
    workbench.tag(tip, ["odd"])
    workbench.watch(["Facebook"], ["Apple"])
    workbench.bookmark(NodeId(2), True)
    workbench.hide(workbench.fork.branches[Role.CONTROL])
    workbench.undo()
    workbench.close()
    engine.close()


def damage(data: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Return a kind of damage, and the file with it."""
    broken = bytearray(data)
    match chance.randrange(6):
        case 0:
            for _ in range(chance.randrange(1, 20)):
                broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            return "bit flips", bytes(broken)
        case 1:
            return "truncation", data[: chance.randrange(len(data))]
        case 2:
            page = chance.randrange(len(data) // 4096) * 4096
            broken[page : page + 4096] = bytes(4096)
            return "zeroed page", bytes(broken)
        case 3:
            broken[chance.randrange(100)] = chance.randrange(256)
            return "header", bytes(broken)
        case 4:
            broken[60:64] = chance.randrange(2, 2**31).to_bytes(4, "big")
            return "future version", bytes(broken)
        case _:
            return "foreign database", _foreign(chance)


def _foreign(chance: random.Random) -> bytes:
    db = sqlite3.connect(":memory:")
    with closing(db):
        db.execute(f"CREATE TABLE node (id INTEGER, t{chance.randrange(10**6)} TEXT)")
        db.execute("INSERT INTO node VALUES (?, ?)", (chance.randrange(10**6), "x"))
        db.execute(f"PRAGMA application_id = {chance.choice((0, 0x53575256, 77))}")
        db.execute(f"PRAGMA user_version = {chance.randrange(3)}")
        db.commit()
        return db.serialize()


class _HangError(Exception):
    """Opening took longer than `PATIENCE`."""


def _give_up(_signal: int, _frame: object) -> None:
    raise _HangError


def use(workbench: Workbench) -> None:
    """Look at all that a session holds, as the window does, and go through its whole history."""
    for node in workbench.tree.ids():
        expects, pieces = workbench.readings.expects(node), workbench.pieces_at(node)
        if expects is not None and pieces is not None:
            for candidate in expects.candidates:
                pieces[candidate.id]
        workbench.readings.surprise(node)
        workbench.maker_of(node)
        workbench.conversation_of(node)
    while True:
        workbench.fork  # noqa: B018 - a fork that is not there raises
        for branch in workbench.branches:
            workbench.head_of(branch)
            workbench.error_of(branch)
            workbench.replanted_from(branch)
        if workbench.undo() is None:
            break
    while workbench.redo() is not None:
        pass
    workbench.compacting_loses()


def export(path: Path) -> None:
    """Tell a session in every other form, and read back the one that is complete."""
    session = load(path)
    session_info(path)
    told = json.dumps(session_json(session))
    session_from_json(told)
    tokens_csv(session)
    candidates_csv(session)
    session_markdown(session, path.stem)


def open_damaged(path: Path, engine: Engine) -> str:
    """Open a file as the window does, and use it; return `opened`, `refused`, `hang`, `traceback`.

    A copy of the file is opened a second time to be used: history is written down as it is gone
    through.
    """
    problems: list[str] = []

    def hear(change: Change) -> None:
        if change.problem is not None:
            problems.append(change.problem)

    copy = path.with_name("copy.swerve")
    looked_at, used = (Workbench(run_now, InlineRunner, InlineStorage) for _ in range(2))
    looked_at.observe(hear)
    used.attach_engine(engine)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        looked_at.open(path)
        if not problems:
            export(path)
            shutil.copyfile(path, copy)
            used.open(copy)
            use(used)
    except _HangError:
        return "hang"
    except KnownError:
        return "refused"
    except Exception:  # noqa: BLE001 - any other is what we are looking for
        traceback.print_exc()
        return "traceback"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        looked_at.close()
        used.close()
        copy.unlink(missing_ok=True)
    return "refused" if problems else "opened"


def damages(rounds: int, chance: random.Random) -> dict[str, object]:
    """Open `rounds` damaged files."""
    signal.signal(signal.SIGALRM, _give_up)
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    changed = 0
    with tempfile.TemporaryDirectory() as folder, closing(ScriptedEngine()) as engine:
        sound = Path(folder) / "sound.swerve"
        whole_session(sound)
        data = sound.read_bytes()
        for number in range(rounds):
            kind, broken = damage(data, chance)
            path = Path(folder) / f"{number}.swerve"
            path.write_bytes(broken)
            outcomes[open_damaged(path, engine)] += 1
            kinds[kind] += 1
            same = hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(broken).digest()
            left = [file for file in Path(folder).iterdir() if file not in {sound, path}]
            changed += not same or bool(left)
            path.unlink()
            for file in left:
                file.unlink()
    return {
        "damaged_files": rounds,
        "kinds": dict(kinds),
        "refused": outcomes["refused"],
        "opened": outcomes["opened"],
        "tracebacks": outcomes["traceback"],
        "hangs": outcomes["hang"],
        "changed_originals": changed,
    }


def main() -> int:
    """Print the counts as JSON; end with 1 when anything was lost, hung, raised or changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--damages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--victim", type=Path, help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.victim is not None:
        grow_without_end(wishes.victim)
    chance = random.Random(wishes.seed)  # noqa: S311 - not a secret
    figures = kills(wishes.kills, chance) | damages(wishes.damages, chance)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    bad = ("announced_and_lost", "integrity_failures", "tracebacks", "hangs", "changed_originals")
    return 1 if any(figures[name] for name in bad) else 0


if __name__ == "__main__":
    sys.exit(main())
