"""What a user sees who has never started Swerve, and what of it stays."""

from PySide6.QtCore import Qt

from core.branches import Role
from gui.first_steps import CLICK, INSERT, TELL
from gui.model_pill import ModelState
from tests.gui.program.conftest import SHORT, shut, told


def test_the_first_start_tells_the_story_and_says_what_to_try(qtbot, begin):
    one = begin()
    assert one.windows[0].window.isVisible()
    assert one.windows[0].window.pill.state is ModelState.LOADING
    first = told(qtbot, one)
    assert first.window.steps.isVisible()
    assert first.workbench.tree.text_to(first.window.selection.selected) == SHORT.prompt
    canvas = first.window.tree.canvas
    apple = first.workbench.fork.branches[Role.ERROR]
    qtbot.mouseClick(
        canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.box_of(apple).center().toPoint()
    )
    assert first.window.steps.done() == [CLICK]
    first.window.next_token.field.setText(" Google")
    qtbot.waitUntil(first.window.next_token.insert.isEnabled)
    first.window.next_token.insert.click()
    assert first.window.steps.done() == [CLICK, INSERT]


def test_a_clicked_step_says_what_to_do_and_leads_there(qtbot, begin):
    window = told(qtbot, begin()).window
    there = (
        window.tree.canvas,
        window.tree.story.fields["prompt"],
        window.next_token.field,
    )
    for button, place in zip(window.steps._buttons, there, strict=True):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.focusWidget() is place
        assert window.steps.words() == " ".join(button.toolTip().split())
    window.steps.tick(INSERT)
    assert window.steps.words() == "", "it is done"
    for step in (CLICK, TELL):
        window.steps.tick(step)
    assert "all of it" in window.steps.words()


def test_dismissed_steps_stay_away_until_they_are_asked_for(qtbot, begin):
    one = begin()
    one.windows[0].window.steps.dismiss()
    told(qtbot, one)
    shut(one)
    window = begin().windows[0].window
    assert window.steps.isHidden()
    window.actions_by_id["help.steps"].trigger()
    assert window.steps.isVisible()
