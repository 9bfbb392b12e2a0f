"""Sessions on a network: no memory is shared, and a journal tells of a crash."""

from pathlib import Path

import pytest

from core import network_places, session_file
from core.network_places import file_system_of, is_on_network
from core.session_reading import load
from core.tree import NodeId


def test_on_a_network_no_memory_is_shared_and_the_journal_tells_of_a_crash(
    bench, path, tokens, monkeypatch
):
    monkeypatch.setattr(session_file, "is_on_network", lambda _: True)
    workbench = bench()
    workbench.save_as(path)
    workbench.start_prompt(tokens("ab"))
    there = {file.name for file in path.parent.iterdir()}
    assert there == {path.name, f"{path.name}.lock", f"{path.name}-journal"}
    assert len(load(path).tree) == 2, "it can be read while it is open"
    workbench.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_commit_that_died_on_a_network_is_taken_back_on_opening(bench, path, tokens, monkeypatch):
    monkeypatch.setattr(session_file, "is_on_network", lambda _: True)
    workbench = bench()
    workbench.save_as(path)
    workbench.start_prompt(tokens("ab"))
    db = workbench._keeper._storages[workbench._keeper._current]._file._db
    db.execute("PRAGMA cache_size = 1")  # pages of the open transaction reach the disk
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE node SET origin = 0, parent = 77")
    rows = ((str(number), "x" * 3000) for number in range(50))
    db.executemany("INSERT INTO setting VALUES (?, ?)", rows)
    died = path.with_name("died.swerve")
    for ending in ("", "-journal"):
        died.with_name(died.name + ending).write_bytes(
            path.with_name(path.name + ending).read_bytes()
        )
    db.execute("ROLLBACK")
    session = load(died)
    assert session.tree.parent(NodeId(2)) == 1
    assert len(session.settings) < 10


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/user/s.swerve", "ext4"),
        ("/mnt/my share/a/s.swerve", "cifs"),
        ("/mnt/my shared/s.swerve", "ext4"),
        ("/home/nfs/s.swerve", "nfs4"),
        ("/é/s.swerve", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_says_where_a_file_lies(path, kind):
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n//nas/x /mnt/my\\040share cifs rw 0 0\n"
        "srv:/home /home/nfs nfs4 rw 0 0\nsshfs /é fuse.sshfs rw 0 0\nodd\n"
    )
    assert file_system_of(Path(path), mounts) == kind


@pytest.mark.skipif(not network_places.MOUNTS.exists(), reason="a table of mounts")
def test_a_local_folder_is_not_on_a_network(tmp_path):
    assert not is_on_network(tmp_path)
