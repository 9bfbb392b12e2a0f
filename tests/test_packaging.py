"""Our import names are generic; these tests notice when something else takes them."""

import re
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent
LOCKS = sorted((REPO / "requirements").glob("*.txt"))


@pytest.mark.parametrize("name", ["core", "gui", "models"])
def test_import_name_is_ours(name: str):
    origin = import_module(name).__file__
    assert origin is not None
    assert Path(origin).resolve().is_relative_to(REPO)
    assert set(packages_distributions().get(name, ["swerve"])) == {"swerve"}


def test_test_folders_are_not_packages():
    """An `__init__.py` in tests/core would make pytest import it as `core`."""
    assert not list((REPO / "tests").rglob("__init__.py"))


def test_the_app_can_never_be_uploaded():
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.stem for lock in LOCKS])
def test_every_pin_is_exact_and_hashed_and_names_no_address(lock: Path):
    text = lock.read_text("utf-8")
    assert not re.search(r"://|--index-url|--extra-index-url|--find-links| @ ", text)
    pins = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert pins
    for block in re.split(r"\n(?=[A-Za-z0-9])", text)[1:]:
        assert re.match(r"[a-z0-9-]+==[^ ]+ ", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_lock_holds_what_the_project_asks_for():
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[<>=!~\[; ]", wish)[0].lower() for wish in project["dependencies"]}
    lock = (REPO / "requirements/run.txt").read_text("utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert wanted <= pinned
