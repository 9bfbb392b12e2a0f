"""What was announced as saved survives the end of the process, and locks end with it."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from core.file_lock import FileLock
from core.session_reading import load
from core.tree import Origin

CHILD = textwrap.dedent(
    """
    import queue
    import random
    import sys
    from pathlib import Path
    from core.forks import ForkSpec
    from core.jobs import ThreadRunner
    from core.sampling import FREE
    from core.storage import StorageThread
    from core.tree import NodeId
    from core.workbench import Workbench
    from models.scripted_engine import ScriptedEngine

    actions = queue.SimpleQueue()
    workbench = Workbench(actions.put, ThreadRunner, StorageThread)
    workbench.attach_engine(ScriptedEngine())
    told = 0

    def tell(change):
        global told
        while told < len(workbench.tree) and workbench.is_settled(NodeId(told + 1)):
            told += 1
            print(told, flush=True)

    workbench.observe(tell)
    workbench.save_as(Path(sys.argv[1]))
    workbench.tell_fork(ForkSpec("Mark is", " the", " Apple", " a", " a tech", "?", tokens=6))
    chance = random.Random(int(sys.argv[2]))
    seed = 0
    while True:
        if not workbench.busy and len(workbench.tree):
            tips = [NodeId(chance.randint(1, len(workbench.tree))) for _ in range(3)]
            seed += 1
            workbench.continue_from(tips, tokens=8, sampler=FREE, seed=seed, samples=2)
            workbench.note(tips[0], f"round {seed}")
        actions.get()()
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="signal 9")
@pytest.mark.parametrize("seed", range(5))
def test_every_announced_node_survives_signal_9_while_a_model_grows_branches(path, seed):
    here = Path(__file__).parent.parent.parent
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), str(seed)],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(here)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    announced = int(child.stdout.readline())
    threading.Event().wait(random.random() * 0.6)
    child.send_signal(signal.SIGKILL)
    for line in child.stdout:
        if line.endswith("\n"):
            announced = int(line)
    child.wait()
    child.stdout.close()
    session = load(path)
    assert len(session.tree) >= announced
    readings = session.readings_of(None)
    grown = [node.id for node in session.tree if node.origin is Origin.SAMPLED]
    assert all(readings.logprob(node) is not None for node in grown)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM node").fetchone()[0] >= announced
    db.close()


def test_a_lock_is_held_by_one_and_leaves_nothing_behind(path):
    lock = FileLock.take(path)
    assert lock is not None
    assert FileLock.take(path) is None
    lock.release()
    again = FileLock.take(path)
    assert again is not None
    again.release()
    assert not list(path.parent.iterdir())
