"""A sweep in the window: places chosen by keys and by spans, colours with a legend, taken away."""

import csv
import io

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.controls import LN2
from core.engine import Floors
from core.error_placing import Ranked, Written
from core.error_records import ErrorKind
from core.sampling import GREEDY
from core.sweeping import alike
from gui.sweep_page import NOTHING, NOWHERE
from gui.swept_errors import ERRORS

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def page(forked, forked_window):
    tip = forked.tip_of(forked.fork.branches[Role.CLEAN])
    forked.continue_from([tip], tokens=24, sampler=GREEDY, seed=0)
    forked_window.selection.select(forked.fork.branches[Role.CLEAN])
    forked_window.actions_by_id["tree.errors"].trigger()
    dialog = forked_window.beside.errors
    dialog.tabs.setCurrentIndex(1)
    QApplication.processEvents()
    return dialog.sweep


def click(qtbot, page, index, modifier=Qt.KeyboardModifier.NoModifier):
    box = page.strip._boxes(page.strip.width())[index - page._since]
    qtbot.mouseClick(page.strip, LEFT, modifier, pos=box.center().toPoint())


def sweep_with(qtbot, page, wanted):
    page.kind.setCurrentText(next(words for words, one in ERRORS.items() if one == wanted))
    qtbot.mouseClick(page.run, LEFT)


def test_shift_and_a_click_choose_a_span_and_so_does_the_drawn_mouse(qtbot, page):
    click(qtbot, page, 4)
    click(qtbot, page, 8, SHIFT)
    assert page.chosen == {4, 5, 6, 7, 8}
    click(qtbot, page, 2, SHIFT)
    assert page.chosen == {2, 3, 4}
    click(qtbot, page, 3)
    assert page.chosen == {2, 4}
    boxes = page.strip._boxes(page.strip.width())
    qtbot.mousePress(page.strip, LEFT, pos=boxes[5].center().toPoint())
    for at in (6, 7):
        page.strip.mouseMoveEvent(_moved(boxes[at].center()))
    assert page.chosen == {6, 7, 8}
    qtbot.mouseClick(page.run, LEFT)
    assert set(page.harms) == {6, 7, 8}


def _moved(at):
    return QMouseEvent(QEvent.Type.MouseMove, at, at, LEFT, LEFT, Qt.KeyboardModifier.NoModifier)


def test_arrow_keys_walk_and_with_shift_choose_a_span(qtbot, page, forked_window):
    strip = page.strip
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    for _ in range(3):
        qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert page.chosen == set()
    qtbot.keyClick(strip, Qt.Key.Key_Space)
    assert page.chosen == {4}
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(strip, key, SHIFT)
    assert page.chosen == {4, 5}
    qtbot.keyClick(strip, Qt.Key.Key_End, SHIFT)
    last = len(page._nodes) - 1
    assert page.chosen == set(range(4, last + 1))
    qtbot.mouseClick(page.run, LEFT)
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert "instead, itself" in strip.accessibleDescription()
    boxes = strip._boxes(strip.width())
    here = strip._here
    qtbot.keyClick(strip, Qt.Key.Key_Up)
    assert boxes[strip._here - 1].top() < boxes[here - 1].top()
    qtbot.keyClick(strip, Qt.Key.Key_Tab)
    assert not strip.hasFocus()


def test_words_are_changed_where_they_can_be_and_the_others_are_counted(qtbot, page, forked):
    sweep_with(qtbot, page, Written(ErrorKind.TYPO, "letters swapped"))
    assert 0 < len(page.harms) < len(page._nodes) - 1
    assert "it cannot stand" in page._result.text()
    assert page.seed.isEnabled()
    page.chosen = set(page.harms)
    page._show()
    many = len(page.harms)
    qtbot.mouseClick(page.plant, LEFT)
    records = [forked.error_of(first) for first in forked.branches]
    planted = [one for one in records if one is not None and one.kind is ErrorKind.TYPO]
    assert len(planted) == many
    assert not page.plant.isEnabled(), "a second click would do nothing"
    assert all(len(one.ids) > 1 for one in planted)
    page.choose_none()
    sweep_with(qtbot, page, Written(ErrorKind.NUMBER, "+1"))
    assert page._result.text() == NOWHERE
    assert not page.seed.isEnabled()
    sweep_with(qtbot, page, Ranked(2))
    assert "cannot stand" not in page._result.text()


def test_a_harm_within_the_floor_has_no_colour_and_the_legend_says_so(qtbot, page):
    assert not page.legend.isVisible()
    sweep_with(qtbot, page, Ranked(2))
    assert page.legend.isVisible()
    harms = alike(list(page.harms.values()))
    told = sorted(one.harm for one in harms if one.harm is not None)
    assert len(told) > 1
    coloured = [at for at in page.harms if page.strip.is_coloured(at)]
    between = (told[-1] + told[-2]) / 2
    page._book.floors = Floors(**floors_of(between * LN2))
    page._book.changed.emit()
    assert [at for at in page.harms if page.strip.is_coloured(at)] != coloured
    assert [page.harms[at].harm for at in page.harms if page.strip.is_coloured(at)] == told[-1:]
    assert f"floor of {between:.2g} bits" in page._result.text()
    assert f"floor of {between:.2g} bits" in page.legend.text()
    assert f"{told[-1]:.2f} bits more a token" in page.legend.text()
    for row in page.rows()[1:]:
        assert float(row[-1]) == pytest.approx(between)


def floors_of(logprob):
    fields = Floors.__dataclass_fields__
    return dict.fromkeys(fields, 0.0) | {"rounding_logprob": logprob}


def test_harms_are_taken_away_as_a_table_a_picture_and_a_finding(
    qtbot, page, forked, forked_window, tmp_path
):
    page.keep_finding()
    assert not forked.kept_comparisons
    assert not page.export.isVisible()
    sweep_with(qtbot, page, Ranked(2))
    assert page.export.isVisible()
    assert page.export.save_to(str(tmp_path / "harms.csv"))
    text = (tmp_path / "harms.csv").read_text(encoding="utf-8")
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(page.harms)
    for row in rows:
        told = dict(zip(head, row, strict=True))
        harm = page.harms[int(told["place"])]
        assert told["error"] == harm.record.text
        assert float(told["bits"]) == harm.record.bits
        assert told["harm_bits_a_token"] == ("" if harm.harm is None else repr(harm.harm))
        assert told["rounding_floor_bits_a_token"]
    assert page.export.save_to(str(tmp_path / "harms.png"))
    picture = QPixmap(str(tmp_path / "harms.png"))
    whole = page.strip.heightForWidth(page.strip.width())
    assert picture.height() == whole + page.legend.height()
    page.export.copy_table()
    assert QGuiApplication.clipboard().text().startswith("place\ttoken\tkind")
    page.keep_finding()
    [kept] = forked.kept_comparisons
    assert kept.title.endswith("the second likeliest token")
    assert [list(row) for row in kept.rows] == page.rows()
    said: list[str] = []
    forked_window.beside.problem_met.connect(said.append)
    page._forget()
    page.keep_finding()
    assert said == [NOTHING]
