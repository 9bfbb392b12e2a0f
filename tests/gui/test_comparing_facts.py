"""Where several facts were told, the comparison tells of the one whose branches are compared."""

import pytest

from core.branches import Role
from core.forks import ForkSpec


@pytest.fixture
def two_facts(told):
    """A session in which another fact was told after the first."""
    first = told.fork
    told.tell_fork(ForkSpec("He's a", " pioneer", " tech", " a", None, "\nHe's a", 3))
    return first, told.fork


def test_what_is_believed_is_told_of_the_fork_that_is_compared(window, told, two_facts):
    first, last = two_facts
    panel = window.compare
    panel.choose(last.branches.values())
    assert "He's a" in panel.overview._belief_title.whole()
    panel.choose(first.branches.values())
    assert "Mark Zuckerberg" in panel.overview._belief_title.whole()
    names = {row[0] for row in panel.overview.rows()[1:] if row[4]}
    assert names == {panel._marks.whole_label(one) for one in panel.chosen()}
    panel.show_view("Table")
    head = panel.current().rows()[0]
    assert len(set(head)) == len(head), "controls of both facts are told apart"
    assert panel.current().rows()[1][1] == " Facebook", "with its space"
    panel.show_view("Overview")
    panel.choose([first.branches[Role.ERROR], *last.branches.values()])
    assert "He's a" in panel.overview._belief_title.whole()


@pytest.mark.parametrize("name", ["Watched", "Samples"])
def test_the_strings_that_are_looked_for_are_of_the_fork_that_is_compared(
    window, told, two_facts, name
):
    first, last = two_facts
    panel = window.compare
    panel.choose(last.branches.values())
    panel.show_view(name)
    view = panel.current()
    assert (view.truth.text().strip(), view.error.text().strip()) == ("pioneer", "tech")
    panel.choose(first.branches.values())
    assert (view.truth.text().strip(), view.error.text().strip()) == ("Facebook", "Apple")
    view.truth.setText("Meta")
    panel.choose(last.branches.values())
    assert view.truth.text() == "Meta", "what the user wrote stays"


def test_what_the_user_watches_is_looked_for_instead_of_a_forks_answers(window, told, two_facts):
    window.compare.show_view("Watched")
    told.watch(["Facebook", "Meta"], ["Apple"])
    window.compare.refresh()
    watched = window.compare.current()
    assert (watched.truth.text(), watched.error.text()) == (" Facebook| Meta", " Apple")
    window.compare.show_view("Samples")
    samples = window.compare.current()
    assert (samples.truth.text(), samples.error.text()) == ("Facebook|Meta", "Apple")
    samples.truth.setText("typed")
    told.watch(["Meta"], ["Apple"])
    window.compare.refresh()
    assert samples.truth.text() == "typed", "what was typed there stays"
    window.compare.show_view("Watched")
    assert window.compare.current().truth.text() == " Meta"
