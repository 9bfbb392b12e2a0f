"""What the guide and the README tell to press exists, by these names and keys."""

import re
from pathlib import Path

import pytest

from gui.actions import ACTIONS

REPO = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"\*([A-Z]\w+) → ([^*→]+?)\*(?: \(([^)]+)\))?")


def named_actions(document):
    return NAMED.findall((REPO / document).read_text("utf-8"))


def places(spec):
    return {spec.text.replace("&", ""), spec.submenu.replace("&", "")} - {""}


@pytest.mark.parametrize(("menu", "name", "key"), named_actions("docs/guide.md"))
def test_what_the_guide_tells_to_choose_is_in_that_menu_with_that_key(menu, name, key):
    found = [spec for spec in ACTIONS if spec.menu == menu and name in places(spec)]
    assert found, f"{menu} → {name}"
    if key:
        assert key in found[0].keys


def test_the_guide_names_actions():
    assert len(named_actions("docs/guide.md")) > 20
