"""The panels look as they did, in both themes. `make pictures` draws them anew."""

import json

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from core.presets import PRESETS
from gui.app import CLOSED, build_window
from gui.candidate_items import AFTER
from gui.key_editor import KeyEditor
from gui.look import Look, Size, ThemeChoice
from gui.palette import Palette
from tests.gui import picture_book


@pytest.fixture
def pinned(qapp):
    """The font of the pictures as the system's, whatever this machine has chosen."""
    before = qapp.font()
    qapp.setFont(picture_book.pinned_font(before))
    yield Look(ThemeChoice.LIGHT).font(Size.BODY)
    qapp.setFont(before)


@pytest.fixture
def pictured(qtbot, told, preferences, request, pinned):
    """The window in one theme, as large as always, in a font that is the same everywhere."""
    why = picture_book.why_not_here(pinned)
    if why is not None:
        pytest.skip(why)
    preferences.theme = request.param
    window = build_window(told, preferences, CLOSED)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    assert window.compare
    QApplication.processEvents()
    return window


def panels(window, qtbot):
    """Yield names and widgets, each ready to be looked at."""
    yield "branches", window.branches
    yield "this-token", window.this_token
    yield "next-token", window.next_token
    window.sampler.choose(PRESETS["focused"])
    items = window.next_token.items
    qtbot.waitUntil(lambda: items.index(0, AFTER).data() != "")
    window.next_token.field.setText(" Google")
    qtbot.waitUntil(window.next_token.insert.isEnabled)
    yield "next-token-sampled", window.next_token
    yield "sampler", window.beside.sampler
    window.beside.composer.text.setPlainText("Mark Zuckerberg is the CEO of ")
    window.beside.composer.look()
    yield "composer", window.beside.composer
    window.beside.composer.ways.setCurrentIndex(1)
    yield "composer-turns", window.beside.composer
    window.tree.grow_line.show_pace(140.0)
    window.tree.grow_line.ask()
    yield "grow-line", window.tree.grow_line
    window.tree.grow_line.close_line()
    window.steps.begin()
    yield "first-steps", window.steps
    window.say_problem("This session is just being saved: compact it after.")
    yield "problem", window.problem
    yield "status", window.status
    yield "model", window.pill
    window.actions_by_id["view.palette"].trigger()
    palette = window.findChild(Palette)
    palette.field.setText("go to")
    yield "palette", palette
    palette.close()
    editor = KeyEditor(window.keys, window.actions_by_id, window)
    editor.search.setText("bookmark")  # so that a new action changes nothing here
    editor.choose("tree.bookmark")
    yield "keys", editor
    editor.close()


@pytest.mark.parametrize(
    "pictured", [ThemeChoice.LIGHT, ThemeChoice.DARK], indirect=True, ids=lambda theme: theme.value
)
def test_every_panel_looks_as_it_did(pictured, qtbot, preferences, pinned):
    differing = []
    for name, widget in panels(pictured, qtbot):
        widget.ensurePolished()
        QApplication.processEvents()
        image = widget.grab().toImage()
        differing.append(picture_book.compare(f"{name}-{preferences.theme.value}", image))
    if picture_book.DRAWS:
        here = picture_book.machine(pinned)
        picture_book.MACHINE.write_text(json.dumps(here, indent=1) + "\n", "utf-8")
    assert [each for each in differing if each is not None] == []


def test_a_widget_that_moved_by_two_pixels_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_book, "FOLDER", tmp_path)
    monkeypatch.setattr(picture_book, "FAILED", tmp_path / "failed")
    monkeypatch.setattr(picture_book, "DRAWS", False)
    page = np.full((100, 200, 3), 250, np.uint8)
    page[40:60, 50:90] = 30
    moved = np.roll(page, 2, axis=1)
    kept, drawn = (
        QImage(each.data, 200, 100, 600, QImage.Format.Format_RGB888) for each in (page, moved)
    )
    kept.save(str(tmp_path / "one.png"))
    assert picture_book.compare("one", kept) is None
    assert "of the pixels differ, from 50, 40 on" in str(picture_book.compare("one", drawn))
    assert (tmp_path / "failed" / "one.png").exists()
