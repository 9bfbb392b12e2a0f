"""A session that was open when Swerve was killed is offered again, through the real files."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.session_reading import load
from core.tree import NodeId
from gui.desktop import REAL, RECOVERED, Desktop
from gui.places import interrupted, sessions_folder, untitled

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="signal 9, and a data folder named by a variable"
)
ROOT = Path(__file__).parents[3]
VICTIM = ROOT / "benchmarks" / "session_hard_knocks.py"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert tmp_path in sessions_folder().parents
    sessions_folder().mkdir(parents=True)
    return sessions_folder()


@pytest.fixture
def growing(folder):
    """Start a session without a name in another process; return its path, and what kills it."""
    path = untitled(datetime.now(UTC))
    child = subprocess.Popen(
        [sys.executable, str(VICTIM), "--victim", str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for _ in range(30):
        child.stdout.readline()

    def kill():
        child.send_signal(signal.SIGKILL)
        assert child.stdout is not None
        rest = [int(line) for line in child.stdout if line.endswith("\n")]
        child.wait()
        return max(rest, default=30)

    yield path, kill
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_session_left_by_a_crash_is_offered_again_with_everything_in_it(
    qtbot, growing, monkeypatch
):
    path, kill = growing
    assert interrupted() == [], "it is open in the other process, and left to it"
    announced = kill()
    assert interrupted() == [path]
    monkeypatch.setattr(Desktop, "load", lambda *_: None)
    desktop = Desktop(None, REAL)
    desktop.start(None)
    (shown,) = desktop.windows
    qtbot.waitUntil(lambda: len(shown.workbench.tree) >= announced)
    assert shown.workbench.file == path
    assert shown.window.problem.words() == RECOVERED
    last = NodeId(len(shown.workbench.tree))
    shown.workbench.bookmark(shown.workbench.tree.path_to(last)[0], True)
    shown.window.close()
    desktop.close()
    assert interrupted() == []
    session = load(path)
    assert len(session.tree) == last
    assert session.bookmarks
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_log_without_its_session_or_with_nothing_in_it_is_not_offered(folder):
    (folder / "gone.swerve-wal").write_bytes(b"left over")
    (folder / "whole.swerve").write_bytes(b"x")
    (folder / "whole.swerve-wal").write_bytes(b"")
    assert interrupted() == []
