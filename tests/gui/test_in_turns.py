"""Long work of the window's thread goes on bit by bit, and stops when nobody waits for it."""

from PySide6.QtCore import QObject, QTimer

from core.jobs import InlineRunner, run_now
from core.storage import InlineStorage
from core.workbench import Workbench
from gui.examples import example_file
from gui.in_turns import InTurns, at_once
from gui.tree_mirror import TreeMirror


def test_events_have_their_turn_between_the_parts_and_works_follow_each_other(qtbot):
    owner, told = QObject(), []
    turns = InTurns(owner)

    def work(name):
        for part in range(2):
            told.append(f"{name}{part}")
            QTimer.singleShot(0, owner, lambda: told.append("key"))
            yield

    turns.do(work("a"))
    turns.do(work("b"))
    assert told == []
    qtbot.waitUntil(lambda: told.count("key") == 4)
    assert [one for one in told if one != "key"] == ["a0", "a1", "b0", "b1"]
    assert told.index("key") < told.index("a1")


def test_work_that_fails_leaves_the_next_its_turn(qtbot):
    owner, told = QObject(), []
    turns = InTurns(owner)

    def fails():
        yield
        raise ArithmeticError

    def works():
        told.append("here")
        yield

    with qtbot.captureExceptions() as caught:
        turns.do(fails())
        turns.do(works())
        qtbot.waitUntil(lambda: told == ["here"])
    assert [kind for kind, _, _ in caught] == [ArithmeticError]


def test_at_the_end_work_lets_go_of_what_it_had_and_none_is_taken_any_more(qtbot):
    owner, told = QObject(), []
    turns = InTurns(owner)

    def work():
        try:
            told.append("began")
            while True:
                yield
        finally:
            told.append("let go")

    turns.do(work())
    qtbot.waitUntil(lambda: told == ["began"])
    turns.end()
    turns.do(work())
    qtbot.wait(10)
    assert told == ["began", "let go"]


def test_tokens_of_a_session_are_measured_before_it_is_there(tmp_path):
    copy = tmp_path / "france.swerve"
    copy.write_bytes(example_file("france").read_bytes())
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    measured: list[str] = []

    def measure(text: str) -> float:
        measured.append(text)
        return 8.0

    mirror = TreeMirror(bench, measure)
    before: list[int] = []

    def hear(change):
        if change.coming:
            at_once(mirror.expect(change.coming))
            before.append(len(measured))
        mirror.take(change)

    bench.observe(hear)
    bench.open(copy)
    assert len(mirror) > 50
    assert 20 < before[0] == len(measured)
    bench.close()
