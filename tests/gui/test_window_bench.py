"""The measurement itself, on a tree that is small enough for a test."""

from core.session_file import SessionFile
from gui import window_bench
from gui.made_up import large_session


def test_a_tree_is_opened_moved_and_streamed_into_without_a_token_missed(
    qtbot, tmp_path, monkeypatch
):
    for name, small in (("STREAMED", 3), ("REST", 0.01), ("WAY_STEPS", 2)):
        monkeypatch.setattr(window_bench, name, small)
    path = tmp_path / "bench.swerve"
    SessionFile.create(path, large_session(600)).close()
    found = window_bench._measure(path, str(tmp_path), lambda _: None)
    assert found["nodes"] == 600
    assert found["missed_tokens"] == 0
    assert all(name in str(found["ways"]) for name in ("folded", "compact", "words", "blocks"))
    for earlier, later in (
        ("frame_milliseconds_p50", "frame_milliseconds_p95"),
        ("open_seconds", "first_paint_seconds"),
    ):
        assert 0 < float(str(found[earlier])) <= float(str(found[later]))
