from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QStandardPaths
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


def test_a_dialog_opens_where_the_last_one_was_left_and_at_first_among_documents(
    qtbot, told, preferences, tmp_path, monkeypatch
):
    monkeypatch.setattr("gui.file_dialogs._left", [])
    began: list[Path] = []
    chosen = iter([str(tmp_path / "a.swerve"), "", str(tmp_path / "gone" / "m.gguf"), ""])

    def ask(_over, _title, folder, _kinds):
        began.append(Path(folder))
        return next(chosen), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    window = build_window(
        told, preferences, replace(CLOSED, open_session=print, open_model=print, save_session=print)
    )
    qtbot.addWidget(window)
    for action in ("file.open", "file.save_as", "model.open", "file.open"):
        window.actions_by_id[action].trigger()
    place = QStandardPaths.StandardLocation.DocumentsLocation
    documents = Path(QStandardPaths.writableLocation(place))
    first = documents if documents.is_dir() else Path.home()
    assert began == [first, tmp_path, tmp_path, first]


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
