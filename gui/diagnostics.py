"""A report for whoever helps: versions and the model's card, and none of the user's text."""

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from core.workbench import Workbench

_FOLDERS = re.compile(r"(?:/|[A-Za-z]:\\)(?:[^/\\\s]+[/\\])+")
"""A path up to the file's name: folders may be called after their owner."""

PACKAGES = ("swerve", "PySide6-Essentials", "pyqtgraph", "numpy", "scipy", "llama-cpp-python")


LOG_LINES = 25


def log_tail(log: Path) -> list[str]:
    """Return the last lines that the engine wrote, without the names of the user's folders."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return ["none"]
    return [_FOLDERS.sub("…/", line).replace(str(Path.home()), "~") for line in lines] or ["empty"]


def report(workbench: Workbench, log: Path) -> str:
    """Return the report as text, one fact a line, the end of the engine's log last."""
    lines = [
        f"system: {platform.platform()}",
        f"Python: {platform.python_version()}",
        f"Qt: {qVersion()} on {QGuiApplication.platformName()}",
        *(f"{package}: {version_of(package)}" for package in PACKAGES),
    ]
    card = workbench.card
    if card is None:
        lines.append("model: none")
    else:
        lines += [
            f"model: {card.name}, {card.quantization}, {card.architecture}",
            f"model's SHA-256: {card.sha256 or 'not known yet'}",
            f"parameters: {card.parameters}, vocabulary: {card.vocabulary_size}",
            f"engine: {card.engine}, {card.device}, {card.threads} threads",
            f"arithmetic: {card.arithmetic.check or 'not checked'}",
        ]
    meter = workbench.meter
    read, reused = meter.tokens_read, meter.tokens_reused
    tokens, branches = len(workbench.tree), len(workbench.branches)
    lines += [
        f"tokens read: {read}, reused: {reused}, seconds: {meter.seconds:.1f}",
        f"session: {tokens} tokens, {branches} branches, {workbench.saved_state.value}",
    ]
    lines += ["", "end of the engine's log:", *log_tail(log)]
    return "\n".join(lines) + "\n"


def version_of(package: str) -> str:
    """Return the version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
