"""The window as a whole: its theme, menus, lists, comparison, size."""

from dataclasses import replace

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from core.branches import Role
from core.forks import DEFAULT_FORK
from core.sampling import GREEDY
from gui.actions import ACTIONS
from gui.examples import EXAMPLES
from gui.look import ThemeChoice
from gui.theme import DARK
from tests.gui.driving import LEFT, first_of, trigger


def test_the_theme_can_be_switched_and_is_remembered(window, preferences):
    trigger(window, "view.theme_dark")
    assert window.palette().window().color().name().upper() == DARK.window
    assert preferences.theme is ThemeChoice.DARK
    corner = window.tree.canvas.viewport().grab().toImage().pixelColor(3, 3)
    assert corner.name().upper() == DARK.panel
    trigger(window, "view.theme_light")


def test_branches_are_renamed_in_the_list(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    window.selection.select(apple)
    trigger(window, "edit.rename")
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "fruit")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: told.branches[apple].name == "fruit")


def test_choosing_a_branch_jumps_there(qtbot, window, told):
    control = first_of(told, Role.CONTROL)
    row = window.branches.items.row_of(control)
    place = window.branches.list.visualRect(window.branches.items.index(row)).center()
    qtbot.mouseClick(window.branches.list.viewport(), LEFT, pos=place)
    assert window.selection.selected == control


def test_bookmarks_and_notes_are_listed(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    window.selection.select(apple)
    trigger(window, "tree.bookmark")
    assert window.branches._bookmarks.list.item(0).text() == "“ Apple” after “ of”"
    trigger(window, "tree.note")
    qtbot.keyClicks(window.tree.note.field, "ask again")
    qtbot.keyClick(window.tree.note.field, Qt.Key.Key_Return)
    assert told.notes[apple] == "ask again"
    assert window.branches._notes.list.item(0).text() == "ask again"
    assert window.tree.note.isHidden()


def test_pointing_at_the_plot_lights_the_tree_and_back(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    viewport = window.compare.plot._plot.viewport()
    qtbot.waitUntil(lambda: not window.compare._later.isActive())
    place = window.compare.plot.place_of(apple)
    qtbot.mouseMove(viewport, QPoint(4, 4))
    with qtbot.waitSignal(window.selection.pointed_changed) as pointed:
        qtbot.mouseMove(viewport, place.toPoint())
    assert pointed.args == [apple]
    canvas = window.tree.canvas
    qtbot.mouseMove(canvas.viewport(), canvas.box_of(apple).center().toPoint())
    assert window.selection.pointed == apple
    assert len(window.compare.plot._ring.data) == 1


def test_comparing_leaves_out_what_is_unchecked(qtbot, window, told):
    control = first_of(told, Role.CONTROL)
    assert control in window.compare.chosen()
    window.compare.legend.boxes[control].click()
    assert control not in window.compare.chosen()


def test_what_is_believed_is_said_for_every_branch(window):
    spoken = window.compare.bars.accessibleName()
    assert "after error: Facebook 0.539, Apple 0.162" in spoken
    assert "after clean: Facebook 0.817" in spoken


def test_a_problem_is_one_sentence_in_a_strip(window, told):
    told.attach_engine(None)
    told.continue_from((window.selection.selected,), tokens=1, sampler=GREEDY, seed=0)
    assert window.problem.words().endswith(".")
    assert window.pill.words().startswith("No model")
    assert not window.tree.story.tell.isEnabled()
    assert window.this_token.value("surprise").endswith("bits")
    window.problem.dismiss()
    assert window.problem.words() == ""


def test_text_up_to_a_token_is_copied(window, told):
    window.selection.select(first_of(told, Role.ERROR))
    trigger(window, "edit.copy")
    assert QGuiApplication.clipboard().text() == "Mark Zuckerberg is the CEO of Apple"


def test_no_two_actions_share_a_key():
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_every_menu_entry_does_something(window):
    names = set(window.actions_by_id)
    without_doors = {
        "file.new",
        "file.open",
        "file.save_as",
        "model.open",
        "file.recent",
        "model.reload",
        "model.cancel",
        *(f"file.example_{name}" for name in EXAMPLES),
    }
    assert names == {spec.id for spec in ACTIONS} - without_doors


def test_the_branches_give_way_in_a_narrow_window(qtbot, window):
    window.resize(1280, 800)
    assert window.branches.isVisible()
    window.resize(1024, 700)
    qtbot.waitUntil(window.branches.isHidden)
    assert window.width() == 1024
    assert window.height() == 700
    trigger(window, "view.branches")
    assert window.branches.isVisible()


def test_the_lists_obey_qt(window, qtmodeltester):
    qtmodeltester.check(window.next_token.items)
    qtmodeltester.check(window.branches.items)


def test_the_sheet_of_keys_names_them(window):
    trigger(window, "help.keys")
    sheets = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Keys"]
    assert len(sheets) == 1
    sheets[0].close()


def test_a_second_fact_is_compared_by_itself_and_the_first_stays_in_the_menu(window, workbench):
    workbench.tell_fork(replace(DEFAULT_FORK, prompt="The capital of France is"))
    told = set(workbench.fork.branches.values())
    chosen = set(window.compare.chosen())
    assert chosen
    assert chosen <= told
    others = [one for one, b in workbench.branches.items() if one not in told and b.role != "base"]
    assert others
    window.compare._on_toggled(others[0], True)
    assert others[0] in window.compare.chosen()


def test_the_window_is_no_larger_than_a_small_laptops_screen(window):
    window.resize(1280, 800)
    window.keep_within(QSize(1366, 768))
    assert window.width() == 1280
    assert 700 <= window.height() < 768
