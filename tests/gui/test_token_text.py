import pytest

from core.tokens import Token, TokenId
from gui import figures
from gui.token_text import show_token, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" Apple", "Apple"),
        ("Apple", "Apple"),
        (" ", "␣"),
        ("   ", "␣␣␣"),
        ("  two", "␣␣two"),
        ("end ", "end␣"),
        (" a b", "a b"),
        ("\n", "⏎"),
        ("\n\n", "⏎⏎"),
        (".\n", ".⏎"),
        ("\t", "⇥"),
        ("\x0b", "⟨0B⟩"),
        ("\u00a0", "⟨A0⟩"),
        ("\u3000", "⟨3000⟩"),
        (" \n", "␣⏎"),
    ],
)
def test_white_space_is_seen_where_it_matters(text, shown):
    assert visible(text) == shown


def token(piece, *, special=False):
    return Token(TokenId(1), piece, special)


def test_a_split_character_shows_its_bytes_until_it_is_whole():
    first = show_token(token(b"\xe2\x82"))
    assert first.text == "⟨E2 82⟩"
    assert first.pending == b"\xe2\x82"
    second = show_token(token(b"\xac"), first.pending)
    assert second.text == "€"
    assert second.pending == b""


def test_bytes_that_are_no_text_are_shown_as_bytes():
    assert show_token(token(b"\xff")).text == "⟨FF⟩"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u200d", "⟨200D⟩"),
        ("\ufe0f", "⟨FE0F⟩"),
        ("\u0301", "\N{DOTTED CIRCLE}\u0301"),
        ("\u200d👧", "\u200d👧"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_signs_that_are_nothing_by_themselves_are_seen_where_they_are_a_token(text, shown):
    assert show_token(token(text.encode())).text == shown


def test_a_special_token_shows_its_name():
    assert show_token(token(b"<|end|>", special=True)).text == "<|end|>"


def test_a_token_without_a_space_opens_inside_a_word():
    assert show_token(token(b"ucker")).opens_word
    assert not show_token(token(b" Z")).opens_word
    assert not show_token(token(b",")).opens_word


def test_other_scripts_are_shown_whole():
    assert show_token(token("日本".encode())).text == "日本"
    assert show_token(token("👩‍🔬".encode())).text == "👩‍🔬"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.677, "0.677"),
        (0.0504, "0.050"),
        (0.0074, "0.0074"),
        (1.0, "1.000"),
        (0.0, "0"),
        (3.14e-6, "3.1e\N{MINUS SIGN}6"),
        (None, "\N{EN DASH}"),
    ],
)
def test_probabilities_keep_what_counts(value, shown):
    assert figures.probability(value) == shown


def test_thousands_are_parted():
    assert figures.counted(10233, "token") == "10\u202f233 tokens"
    assert figures.counted(1, "token") == "1 token"
