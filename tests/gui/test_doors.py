from dataclasses import replace

from PySide6.QtWidgets import QFileDialog

from gui.app import CLOSED, build_window
from gui.doors import Doors


def test_the_menu_opens_saves_and_starts_sessions(qtbot, told, preferences, tmp_path, monkeypatch):
    asked: list[object] = []
    doors = Doors(
        new_session=lambda: asked.append("new"),
        open_session=asked.append,
        save_session=asked.append,
        open_model=asked.append,
        reload_model=lambda: asked.append("again"),
    )
    window = build_window(told, preferences, doors)
    qtbot.addWidget(window)
    there, copy, model = tmp_path / "a.swerve", tmp_path / "b 1.5", tmp_path / "m.gguf"
    names = iter([str(there), str(model)])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(names), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(copy), ""))
    for action in ("file.new", "file.open", "file.save_as", "model.open", "model.reload"):
        window.actions_by_id[action].trigger()
    assert asked == ["new", there, tmp_path / "b 1.5.swerve", model, "again"]


def test_recent_sessions_are_offered_and_missing_ones_are_not(qtbot, told, preferences, tmp_path):
    asked: list[object] = []
    doors = replace(CLOSED, open_session=asked.append)
    window = build_window(told, preferences, doors)
    qtbot.addWidget(window)
    menu = window.recent_menu
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["no sessions yet"]
    there = tmp_path / "there.swerve"
    there.touch()
    preferences.remember(tmp_path / "gone.swerve")
    preferences.remember(there)
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == [str(there)]
    menu.actions()[0].trigger()
    assert asked == [there]
