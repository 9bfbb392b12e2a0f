"""What was announced as saved survives the end of the process, and locks end with it."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.file_lock import FileLock
from core.session_reading import load

CHILD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from core.engine import Scored
    from core.jobs import InlineRunner, ThreadRunner
    from core.storage import StorageThread
    from core.tokens import Token, TokenId
    from core.tree import ROOT, NodeId
    from core.workbench import Workbench
    import queue

    actions = queue.SimpleQueue()
    workbench = Workbench(actions.put, ThreadRunner, StorageThread)
    told = 0

    def tell(change):
        global told
        while told < len(workbench.tree) and workbench.is_settled(NodeId(told + 1)):
            told += 1
            print(told, flush=True)

    workbench.observe(tell)
    workbench.save_as(Path(sys.argv[1]))
    tip = ROOT
    while True:
        token = Token(TokenId(len(workbench.tree) % 50), b"x")
        tip = workbench.branch_here(tip, token)
        while not actions.empty() or tip > told + 100:
            actions.get()()
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="signal 9")
@pytest.mark.parametrize("lines", [1, 20, 70, 150, 333])
def test_every_announced_node_survives_signal_9(path, lines):
    here = Path(__file__).parent.parent.parent
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(here)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    announced = 0
    for _ in range(lines):
        announced = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    for line in child.stdout:
        if line.endswith("\n"):
            announced = int(line)
    child.wait()
    child.stdout.close()
    assert announced >= lines
    assert len(load(path).tree) >= announced
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
