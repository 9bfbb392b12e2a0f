"""How files are called that the user names."""

from pathlib import Path

import pytest

from gui.file_names import with_ending


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("folder/run", "run.csv"),
        ("folder/Session 2026-11-29 07.57.01", "Session 2026-11-29 07.57.01.csv"),
        ("folder/model 1.5 run", "model 1.5 run.csv"),
        ("folder/run.csv", "run.csv"),
        ("folder/run.JSON", "run.JSON"),
        ("folder/.hidden", ".hidden.csv"),
    ],
)
def test_a_name_keeps_its_points_and_gets_the_ending_that_it_lacks(name, becomes):
    assert with_ending(name, ".csv", {".json", ".csv"}) == Path("folder", becomes)
