"""The example sessions that ship with the app: what they are called, and where they are."""

from pathlib import Path

from gui.resources import asset

EXAMPLES: dict[str, str] = {
    "ceo": "The CEO of &Facebook, right and wrong",
    "france": "The &capital of France",
    "arithmetic": "A sum with one wrong &number",
    "languages": "One sentence in seven &languages",
}
"""File name without its suffix, and menu entry; `tools/examples.py` builds the files."""


def example_file(name: str) -> Path:
    """Return where an example lies; it is copied, never written to."""
    return asset(f"examples/{name}.swerve")


def example_title(name: str) -> str:
    """Return what an example is called."""
    return EXAMPLES[name].replace("&", "")
