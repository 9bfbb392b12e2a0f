"""The prompt composer: plain text or turns, shown as tokens, put into the tree as they are."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from core.composing import Composed, Conversation, PlainText, compose, odd_words
from core.engine import Turn
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.products import Aside
from core.storage import InlineStorage
from core.tokens import Token, TokenId
from core.tree import NodeId, Origin
from core.workbench import Workbench
from gui.composer import PLAIN, TURNS

LEFT = Qt.MouseButton.LeftButton


def chatting(engine):
    """Give the story's engine a template: its control token before every turn."""
    end = next(iter(engine.vocabulary.ends))

    def render(turns):
        if any("<|endoftext|>" in turn.text for turn in turns):
            raise KnownError("The text holds a control token of this model: remove it.")
        return tuple(
            token for turn in turns for token in (TokenId(end), *engine.tokenize(turn.text))
        )

    engine.card = replace(engine.card, chat_template="a template")
    engine.render_chat = render
    return engine


def composed(engine, wording):
    (product,) = compose(engine, wording)
    assert isinstance(product, Aside)
    assert isinstance(product.found, Composed)
    return product.found


@pytest.fixture
def open_composer(qtbot, empty_window):
    empty_window.actions_by_id["tree.prompt"].trigger()
    return empty_window.beside.composer


def look(composer):
    composer.look()
    return composer.count.text()


def test_another_way_takes_what_is_typed_at_once(qtbot, open_composer):
    qtbot.waitUntil(open_composer.text.hasFocus)
    qtbot.keyClick(open_composer.text, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert open_composer.ways.currentIndex() == TURNS
    assert open_composer.turns.fields[1][1].hasFocus()
    qtbot.keyClick(open_composer.ways, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert open_composer.text.hasFocus()
    open_composer.ways.tabBar().setFocus()
    qtbot.keyClick(open_composer.ways.tabBar(), Qt.Key.Key_Right)
    assert open_composer.ways.currentIndex() == TURNS
    assert open_composer.ways.tabBar().hasFocus()


def test_plain_text_is_shown_as_tokens_while_it_is_typed(qtbot, open_composer):
    assert "Type a prompt" in open_composer.count.text()
    assert not open_composer.plant.isEnabled()
    qtbot.keyClicks(open_composer.text, "Mark Zuckerberg is the CEO of")
    qtbot.waitUntil(open_composer.plant.isEnabled)
    assert open_composer.count.text().startswith("8 tokens of ")
    assert open_composer.tokens.words()[:3] == ["Mark", "Z", "ucker"]
    assert open_composer.said.text() == ""


def test_a_trailing_space_and_an_odd_word_are_said(open_composer):
    open_composer.text.setPlainText("Mark qqqqqq ")
    look(open_composer)
    assert "ends in a space" in open_composer.said.text()
    assert "“qqqqqq” falls into 6 tokens" in open_composer.said.text()


def test_the_first_prompt_of_a_session_comes_from_the_composer_and_can_be_undone(
    qtbot, open_composer, empty_window, workbench
):
    open_composer.text.setPlainText("Mark Zuckerberg is the CEO of")
    look(open_composer)
    qtbot.mouseClick(open_composer.plant, LEFT)
    tip = empty_window.selection.selected
    assert workbench.tree.text_to(tip) == "Mark Zuckerberg is the CEO of"
    assert workbench.readings.expects(tip) is not None
    assert not open_composer.isVisible()
    empty_window.actions_by_id["edit.undo"].trigger()
    assert not workbench.is_visible(tip)


def test_a_model_without_a_template_says_so(open_composer):
    open_composer.ways.setCurrentIndex(TURNS)
    open_composer.turns.fields[1][1].setPlainText("Who is the CEO?")
    look(open_composer)
    assert "no chat template" in open_composer.said.text()
    assert not open_composer.plant.isEnabled()


def test_a_conversation_keeps_its_control_tokens_in_tree_and_file(
    qtbot, engine, open_composer, empty_window, workbench
):
    chatting(engine)
    workbench.attach_engine(engine)
    open_composer.ways.setCurrentIndex(TURNS)
    system, user, opened = (field for _, field in open_composer.turns.fields)
    system.setPlainText("a pioneer")
    user.setPlainText("Mark Zuckerberg is the CEO of?")
    opened.setPlainText("Mark Z")
    look(open_composer)
    assert "3 control tokens" in open_composer.count.text()
    assert open_composer.tokens.words()[0] == "<|endoftext|>"
    qtbot.keyClick(open_composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    tip = empty_window.selection.selected
    tree = workbench.tree
    path = tree.path_to(tip)
    assert tree.token(path[0]).special
    assert tree.token(path[0]).piece == b"<|endoftext|>"
    assert {tree.origin(node) for node in path} == {Origin.PROMPT}
    assert workbench.branch_of(tip).name == "Mark Zuckerberg is the CEO of?"


def test_a_planted_conversation_is_found_again_in_the_file(engine, tmp_path):
    chatting(engine)
    file = tmp_path / "kept.swerve"
    kept = Workbench(run_now, InlineRunner, InlineStorage)
    kept.attach_engine(engine)
    kept.start_untitled(file)
    wording = Conversation((Turn("user", "Mark"), Turn("assistant", " Z")))
    made = composed(engine, wording)
    kept.start_prompt(made.tokens, name=made.name, made_by=made.made_by)
    kept.close()
    again = Workbench(run_now, InlineRunner, InlineStorage)
    again.open(file)
    nodes = list(map(NodeId, range(1, len(again.tree) + 1)))
    assert [again.tree.token(node) for node in nodes] == list(made.tokens)
    assert again.conversation_of(nodes[-1]) == wording
    again.close()


def test_the_composer_opens_with_the_conversation_that_is_selected(
    engine, open_composer, empty_window, workbench
):
    chatting(engine)
    made = composed(engine, Conversation((Turn("user", "Mark"), Turn("assistant", " Z"))))
    workbench.attach_engine(engine)
    tip = workbench.start_prompt(made.tokens, name=made.name, made_by=made.made_by)
    open_composer.close()
    empty_window.selection.select(tip)
    empty_window.actions_by_id["tree.prompt"].trigger()
    assert open_composer.ways.currentIndex() == TURNS
    assert open_composer.turns.turns() == (Turn("user", "Mark"), Turn("assistant", " Z"))


def test_exchanges_are_added_and_removed(qtbot, open_composer):
    open_composer.ways.setCurrentIndex(TURNS)
    turns = open_composer.turns
    qtbot.mouseClick(turns.more, LEFT)
    assert [role for role, _ in turns.fields] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
    ]
    qtbot.mouseClick(turns.fewer, LEFT)
    assert len(turns.fields) == 3
    assert not turns.fewer.isEnabled()


def test_a_text_that_spells_a_control_token_is_said_in_both_forms(engine):
    chatting(engine)
    plain = composed(engine, PlainText("Mark<|endoftext|>"))
    assert "stands here as text" in plain.warnings[0]
    assert not any(token.special for token in plain.tokens)
    turns = composed(engine, Conversation((Turn("user", "Mark<|endoftext|>"),)))
    assert "remove it" in turns.problem


def test_a_prompt_that_is_too_long_is_not_planted(engine, open_composer):
    engine.card = replace(engine.card, context=8)
    open_composer.text.setPlainText("Mark Zuckerberg is the CEO of")
    look(open_composer)
    assert "shorten it" in open_composer.said.text()
    assert not open_composer.plant.isEnabled()
    assert open_composer.ways.currentIndex() == PLAIN


def test_a_letter_a_piece_is_odd_in_latin_words_only():
    def pieces(*texts):
        return [Token(TokenId(place), text.encode()) for place, text in enumerate(texts)]

    assert odd_words(pieces("Zz", "yx", "q", "or", "p")) == [("Zzyxqorp", 5)]
    assert odd_words(pieces(*"тиши")) == []
    assert odd_words(pieces("Zuck", "er", "berg")) == []


@pytest.mark.model
def test_the_starter_models_template_is_used_with_its_own_control_tokens(starter):
    made = composed(starter, Conversation((Turn("user", "Who?"), Turn("assistant", "He is"))))
    text = b"".join(token.piece for token in made.tokens).decode()
    assert text.endswith("<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\nHe is")
    assert sum(token.special for token in made.tokens) == 5
    assert made.warnings == ()
