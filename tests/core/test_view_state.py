"""How views stand is kept in the file, read with care, and no step of the history."""

import json
import sqlite3

import pytest

from core.exports.session_json import session_from_json, session_json
from core.session_reading import load
from core.tree import NodeId
from core.view_state import ViewState, view_from_json, view_to_json

STATE = ViewState(
    3,
    {"zoom": 1.5, "whole": 2, "name": "Table", "on": True, "sizes": [1, "x", 3], "part": {"a": 1}},
    {"chosen": (NodeId(2), NodeId(4))},
)


def test_a_state_is_asked_by_name_and_type_and_never_surprises():
    again = view_from_json(view_to_json(STATE))
    assert again == STATE
    assert again.value("zoom", 1.0) == 1.5
    assert again.value("whole", 0.5) == 2.0
    assert again.value("whole", otherwise=False) is False
    assert again.value("name", 7) == 7
    assert again.value("missing", "so") == "so"
    assert again.value("on", 5) == 5
    assert again.several("sizes", int) == (1, 3)
    assert again.several("name", str) == ()
    assert again.part("part").value("a", 0) == 1
    assert again.part("zoom").value("a", 0) == 0
    assert again.node("chosen") == 2
    assert again.node("none") is None


@pytest.mark.parametrize("text", ["", "[]", "5", '{"version": "x"}', '{"version": 1, "values": 3}'])
def test_what_is_no_state_is_forgotten(text):
    assert view_from_json(text) is None


def test_views_are_kept_in_the_file_and_by_version(saved, bench, path):
    workbench = bench()
    workbench.open(path)
    label = workbench.undo_label
    workbench.keep_view("table", STATE)
    assert workbench.undo_label == label
    workbench.close()
    again = bench()
    again.open(path)
    assert again.view("table", 3) == STATE
    assert again.view("table", 2) is None
    assert again.view("other", 3) is None


def test_keeping_the_same_again_writes_nothing(saved, bench, path):
    workbench = bench()
    workbench.open(path)
    workbench.keep_view("table", STATE)
    workbench.keep_view("table", view_from_json(view_to_json(STATE)))
    assert workbench._session.records == []
    moment = workbench.saved_at
    workbench.keep_view("table", STATE)
    assert workbench.saved_at == moment


def test_views_go_through_json_and_through_compacting(saved, bench, path):
    workbench = bench()
    workbench.open(path)
    visible = next(n.id for n in reversed(list(workbench.tree)) if workbench.is_visible(n.id))
    hidden = next(n.id for n in workbench.tree if not workbench.is_visible(n.id))
    token = workbench.tree.token(visible)
    workbench.keep_view("table", ViewState(1, {}, {"nodes": (hidden, visible)}))
    told = session_json(workbench._session)
    again = session_from_json(json.dumps(told))
    assert again.views == workbench._session.views
    del told["views"]  # of an earlier version
    assert session_from_json(json.dumps(told)).views == {}
    workbench.compact()
    (left,) = workbench.view("table", 1).nodes["nodes"]
    assert workbench.tree.token(left) == token


def test_a_damaged_view_costs_the_view_and_not_the_session(saved, bench, path):
    workbench = bench()
    workbench.open(path)
    workbench.keep_view("table", STATE)
    workbench.keep_view("far", ViewState(1, {}, {"nodes": (NodeId(10**6), NodeId(1))}))
    workbench.close()
    db = sqlite3.connect(path)
    db.execute("UPDATE view SET state = '{\"vers' WHERE key = 'table'")
    db.commit()
    db.close()
    assert load(path).views == {"far": ViewState(1, {}, {"nodes": (NodeId(1),)})}
