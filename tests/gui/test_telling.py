"""The fork told from its fields, and a prompt alone."""

from PySide6.QtCore import Qt

from core.branches import Role
from tests.gui.driving import LEFT, first_of


def test_the_told_fork_is_shown_with_its_end_selected(window, told):
    prompt_end = told.tree.parent(first_of(told, Role.CLEAN))
    assert window.selection.selected == prompt_end
    assert window.branches.items.rowCount() == 5
    assert next(token.piece for token, _ in window.tree.canvas.ghost_boxes()) != b" Facebook"
    assert window.problem.words() == ""


def test_telling_a_fork_by_its_button_grows_the_branches(qtbot, empty_window, workbench):
    window = empty_window
    window.tree.story.tokens.setValue(3)
    qtbot.mouseClick(window.tree.story.tell, LEFT)
    assert {branch.role for branch in workbench.branches.values()} >= {
        Role.BASE,
        Role.CLEAN,
        Role.ERROR,
        Role.CONTROL,
        Role.MENTION,
    }
    assert workbench.tree.text_to(window.selection.selected) == "Mark Zuckerberg is the CEO of"


def test_a_users_own_fact_is_told_from_the_fields(qtbot, empty_window, workbench):
    story = empty_window.tree.story
    for name, text in (
        ("prompt", "The capital of France is"),
        ("right", " Paris"),
        ("wrong", " Apple"),
        ("control", ""),
        ("mention", ""),
        ("probe", ""),
    ):
        story.fields[name].setText(text)
    story.tokens.setValue(2)
    qtbot.keyClick(story.fields["wrong"], Qt.Key.Key_Return)
    assert [branch.role for branch in workbench.branches.values()] == [
        Role.BASE,
        Role.CLEAN,
        Role.ERROR,
    ]


def test_the_controls_follow_another_fact_unless_they_were_written(qtbot, empty_window):
    story = empty_window.tree.story
    for name, text in (("prompt", "The capital of France is"), ("wrong", " Berlin")):
        story.fields[name].selectAll()
        qtbot.keyClicks(story.fields[name], text)
    assert story.spec().probe == ".\nIn fact, the capital of France is"
    assert story.spec().mention == " a company. Some people have heard of Berlin"
    story.fields["probe"].selectAll()
    qtbot.keyClicks(story.fields["probe"], " So it is")
    story.fields["prompt"].selectAll()
    qtbot.keyClicks(story.fields["prompt"], "One and one is")
    assert story.spec().probe == " So it is"


def test_a_missing_answer_is_said_right_there_and_nothing_is_lost(qtbot, empty_window, workbench):
    story = empty_window.tree.story
    story.fields["wrong"].clear()
    qtbot.mouseClick(story.tell, LEFT)
    assert story._problem.isVisible()
    assert "wrong answer" in story._problem.text()
    assert story.fields["prompt"].text() == "Mark Zuckerberg is the CEO of"
    assert len(workbench.tree) == 0


def test_a_line_break_in_a_field_goes_in_and_out(empty_window):
    story = empty_window.tree.story
    assert story.fields["probe"].text().startswith(".⏎In fact")
    assert story.spec().probe.startswith(".\nIn fact")


def test_a_prompt_alone_is_put_into_the_tree(qtbot, empty_window, workbench):
    empty_window.tree.story.fields["prompt"].setText("Mark Zuckerberg")
    qtbot.mouseClick(empty_window.tree.story.alone, LEFT)
    assert workbench.tree.text_to(empty_window.selection.selected) == "Mark Zuckerberg"
