"""What took long to find is kept, and found anew when the file has changed."""

import os
from types import SimpleNamespace

from models.file_facts import remembered
from models.machine import machine


def test_a_fact_is_found_once_until_the_file_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "model.gguf"
    path.write_bytes(b"one")
    asked = []

    def find():
        asked.append(1)
        return f"fact {len(asked)}"

    assert [remembered(path, "kind", find) for _ in range(3)] == ["fact 1"] * 3
    assert remembered(path, "another kind", find) == "fact 2"
    path.write_bytes(b"three")
    os.utime(path, ns=(1, 1))
    assert remembered(path, "kind", find) == "fact 3"


def test_a_damaged_cache_is_no_more_than_an_empty_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "model.gguf"
    path.write_bytes(b"one")
    assert remembered(path, "kind", lambda: "fact") == "fact"
    (tmp_path / "cache" / "swerve" / "files.json").write_text("{[")
    assert remembered(path, "kind", lambda: "again") == "again"


def test_what_another_build_of_llama_cpp_was_found_to_do_is_not_taken_for_this_one_s(
    tmp_path, monkeypatch
):
    library = tmp_path / "lib" / "libggml-cpu.so"
    library.parent.mkdir()
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("models.machine.find_spec", lambda _: spec)
    library.write_bytes(b"without tiles")
    one = machine()
    assert machine() == one
    library.write_bytes(b"with them")
    assert machine() != one
    monkeypatch.setattr("models.machine.find_spec", lambda _: None)
    assert machine() not in {one, ""}
