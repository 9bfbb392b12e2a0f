"""Says in one sentence what this machine lacks to set Swerve up, before anything is downloaded.

Runs on the system's Python, whatever its age, so it uses nothing newer than Python 3.6.
"""

import os
import shlex
import shutil
import sys
from importlib.util import find_spec


def obstacle() -> str:
    """Return what stands in the way and what to do about it, or an empty string."""
    if sys.version_info < (3, 11):  # noqa: UP036  the very thing this script is here to notice
        found = ".".join(str(part) for part in sys.version_info[:3])
        return (
            f"Swerve needs Python 3.11 or later and {sys.executable} is {found}; "
            "name another one, for example: make run PYTHON=python3.12"
        )
    if not (find_spec("venv") and find_spec("ensurepip")):  # Debian keeps them apart from Python
        return (
            "This Python cannot make a virtual environment; "
            "on Debian or Ubuntu: sudo apt-get install python3-venv"
        )
    for variable, names in (("CC", ["cc", "gcc", "clang"]), ("CXX", ["c++", "g++", "clang++"])):
        chosen = shlex.split(os.environ.get(variable, ""))[:1]
        if not any(shutil.which(name) for name in chosen or names):
            return (
                "No C++ compiler was found and llama.cpp has to be compiled; on Debian or Ubuntu: "
                "sudo apt-get install g++; on macOS: xcode-select --install"
            )
    return ""


if __name__ == "__main__":
    sys.exit(obstacle() or 0)
