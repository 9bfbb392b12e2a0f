"""What is hidden can be shown again from the menu, wherever it was hidden."""

from core.branches import Role
from core.tree import ROOT


def shown_entry(window):
    entry = window.actions_by_id["edit.show"]
    return entry.text(), entry.isEnabled()


def trigger(window, action):
    window.actions_by_id[action].trigger()


def test_what_is_hidden_after_the_selected_token_is_counted_and_shown(window, told, tokens_of):
    error, control = (told.fork.branches[role] for role in (Role.ERROR, Role.CONTROL))
    place = told.tree.parent(error)
    window.selection.select(place)
    assert shown_entry(window) == ("&Show what is hidden here", False)
    for node in (error, control):
        window.selection.select(node)
        trigger(window, "edit.hide")
    assert window.selection.selected == place
    assert shown_entry(window) == ("&Show what is hidden here (2 branches)", True)
    told.insert(place, tokens_of(" Google"))
    trigger(window, "edit.show")
    assert told.is_visible(error)
    assert told.is_visible(control)
    assert shown_entry(window) == ("&Show what is hidden here", False)
    trigger(window, "edit.undo")
    assert not told.is_visible(error)


def test_an_undone_step_that_something_else_followed_is_shown_again(window, told, tokens_of):
    place = told.tree.parent(told.fork.branches[Role.ERROR])
    lost = told.insert(place, tokens_of(" Google"))
    trigger(window, "edit.undo")
    told.note(place, "later")
    assert not window.actions_by_id["edit.redo"].isEnabled()
    window.selection.select(place)
    assert shown_entry(window) == ("&Show what was undone here (1 branch)", True)
    trigger(window, "edit.show")
    assert told.is_visible(lost)
    assert told.branches[lost].role is Role.ERROR


def test_what_was_undone_does_not_come_along_with_what_was_hidden(window, told, tokens_of):
    error = told.fork.branches[Role.ERROR]
    place = told.tree.parent(error)
    lost = told.insert(place, tokens_of(" Google"))
    trigger(window, "edit.undo")
    window.selection.select(error)
    trigger(window, "edit.hide")
    assert shown_entry(window) == ("&Show what is hidden here (1 branch)", True)
    trigger(window, "edit.show")
    assert told.is_visible(error)
    assert not told.is_visible(lost)
    assert shown_entry(window) == ("&Show what was undone here (1 branch)", True)


def test_a_hidden_prompt_is_shown_again_from_nowhere_and_from_another_prompt(
    window, told, tokens_of
):
    first = told.tree.children(ROOT)[0]
    window.selection.select(first)
    trigger(window, "edit.hide")
    assert window.selection.selected == ROOT
    assert shown_entry(window)[1]
    window.selection.select(told.start_prompt(tokens_of("France")))
    trigger(window, "tree.start")
    other = window.selection.selected
    assert shown_entry(window) == ("&Show what is hidden here (1 branch)", True)
    trigger(window, "edit.show")
    assert told.is_visible(first)
    assert window.selection.selected == other
