"""The fork told from its fields, and a prompt alone."""

import pytest
from PySide6.QtCore import Qt

from core.branches import Role
from core.forks import ForkSpec
from gui.joined_words import joined_words
from tests.gui.conftest import SPEC
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
    assert story.spec().mention == " something. Some people have heard of Berlin"
    story.fields["probe"].selectAll()
    qtbot.keyClicks(story.fields["probe"], " So it is")
    story.fields["prompt"].selectAll()
    qtbot.keyClicks(story.fields["prompt"], "One and one is")
    assert story.spec().probe == " So it is"


def type_fact(qtbot, story, **texts):
    for name, text in texts.items():
        story.fields[name].selectAll()
        qtbot.keyClicks(story.fields[name], text)


def test_what_was_missing_is_not_said_any_more_once_something_is_typed(qtbot, empty_window):
    story = empty_window.tree.story
    story.fields["prompt"].clear()
    story.ask()
    assert story._problem.text() == "Type a prompt first."
    qtbot.keyClicks(story.fields["prompt"], "One and")
    assert story._problem.isHidden()


def test_answers_typed_without_their_space_are_not_told_before_the_user_chose(
    qtbot, empty_window, workbench
):
    story = empty_window.tree.story
    type_fact(qtbot, story, prompt="The capital of France is", right="Paris", wrong="Apple")
    qtbot.keyClick(story.fields["wrong"], Qt.Key.Key_Return)
    assert len(workbench.tree) == 0
    assert story.joined.isVisible()
    assert "“isParis” and “isApple”" in story.joined.words.text()
    assert story.joined.space.hasFocus()
    qtbot.keyClick(story.joined.space, Qt.Key.Key_Return)
    assert not story.joined.isVisible()
    assert workbench.fork.spec.right == " Paris"
    assert workbench.fork.spec.wrong == " Apple"
    assert workbench.fork.spec.mention == " something. Some people have heard of Apple"


def test_answers_that_shall_join_the_last_word_are_told_at_the_second_asking(
    qtbot, empty_window, workbench
):
    story = empty_window.tree.story
    type_fact(
        qtbot, story, prompt="Mark Zuckerberg is the CEO of Face", right="book", wrong="Apple"
    )
    qtbot.mouseClick(story.tell, LEFT)
    assert len(workbench.tree) == 0
    qtbot.mouseClick(story.tell, LEFT)
    assert workbench.fork.spec.right == "book"
    assert not story.joined.isVisible()


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


@pytest.mark.parametrize(
    ("prompt", "right", "joins"),
    [
        ("The capital of France is", "Paris", True),
        ("The capital of France is", " Paris", False),
        ("The capital of France is ", "Paris", False),
        ("2 + 2 =", "4", False),
        ("“The capital is", "“Paris”", False),
        ("法国的首都是", "巴黎", False),
    ],
)
def test_words_join_only_where_letters_meet_in_a_text_that_has_spaces(prompt, right, joins):
    spec = ForkSpec(prompt, right, " Berlin", control=None, mention=None, probe=None)
    assert ("right" in joined_words(spec)) is joins


def test_a_control_that_does_not_match_its_error_is_said_to_be_none(window, told):
    remark = window.tree.story.remark
    assert remark.isHidden(), "7.8 and 7.1 bits"
    told.tell_fork(ForkSpec("He's a", " pioneer", " tech", " a", None, None, 3))
    assert remark.isVisible()
    assert "more than 1 bit apart" in remark.text()
    assert "Ctrl+Shift+I" in remark.text()
    told.undo()
    assert remark.isHidden()


def test_the_error_of_a_fact_is_listed_once_it_is_read(qtbot, empty_window, workbench):
    workbench.tell_fork(SPEC)
    errors = empty_window.branches._errors
    qtbot.waitUntil(errors.isVisible)
    assert errors.list.item(0).text() == "“ Apple”, 7.1 bits"


def test_what_is_being_typed_stays_when_the_models_hash_is_known(window, told):
    field = window.tree.story.fields["prompt"]
    field.setText("The capital of France is")
    told.attach_engine(told._engine)  # everything may be different, but not what was typed
    assert field.text() == "The capital of France is"


def test_a_fact_that_is_told_again_is_looked_at_again(qtbot, window, told):
    stem = told.tree.parent(told.fork.branches[Role.CLEAN])
    window.selection.select(told.tip_of(told.fork.branches[Role.CONTROL]))
    window.verbs.tell(told.fork.spec)
    assert window.selection.selected == stem
