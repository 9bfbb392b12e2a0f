"""How far a session is in its file, and what is said when the file does not answer."""

from datetime import UTC, datetime

from core import keeper
from core.jobs import run_now
from core.saving import Copied, Saved
from core.session import Session
from core.tree import NodeId

MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


class Hanging:
    """Copies at once, and writes no batch until it is told to."""

    def __init__(self, hear):
        self.hear = hear
        self.last = 0

    def copy_to(self, path, contents, number):
        del contents, number
        self.hear(Copied(path, MOMENT))

    def write(self, number, records):
        del records
        self.last = number

    def flush(self, patience):
        del patience
        return False

    def close(self):
        pass


def test_a_file_that_does_not_answer_is_told_of(monkeypatch, path):
    now = [0.0]
    monkeypatch.setattr(keeper, "_clock", lambda: now[0])
    told: list[str | None] = []

    made = []

    def make(hear):
        made.append(Hanging(hear))
        return made[-1]

    one = keeper.Keeper(
        run_now,
        make,
        on_coming=lambda _: None,
        on_opened=lambda _: None,
        on_news=told.append,
    )
    one.copy_to(path, Session().contents(), NodeId(0))
    assert one.flush(0.0), "there is nothing to write"
    one.write((), NodeId(1))
    assert not one.flush(0.0)
    now[0] = keeper.PATIENCE - 1
    one.watch()
    assert str(one.state) == "saving"
    now[0] = keeper.PATIENCE
    one.watch()
    assert "does not answer" in str(told[-1])
    assert one.would_lose
    one.watch()
    assert len([words for words in told if words]) == 1, "it is said once"
    made[-1].hear(Saved(made[-1].last, MOMENT))
    assert str(one.state) == "saved"
    assert one.problem is None
