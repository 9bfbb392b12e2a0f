"""Golden pictures of panels: kept beside the tests, compared with tolerance, drawn anew on wish."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, Qt, qVersion
from PySide6.QtGui import QFont, QFontInfo, QImage, QPainter

FOLDER = Path(__file__).parent / "pictures"
MACHINE = FOLDER / "machine.json"
FAILED = Path(__file__).resolve().parents[2] / "build" / "pictures"
DRAWS = bool(os.environ.get("SWERVE_DRAW_PICTURES"))

FONT = "DejaVu Sans"
"""Among the packages that the README asks for; unchanged since its version 2.37 of 2016, and with
every sign that the panels write, so that no other font has a part in the pictures."""

LOUD = 32
"""Levels of 255 by which a pixel may differ without counting: antialiasing of a curve."""

SHARE = 0.001
"""The share of pixels that may count: a label that moved by one pixel is more."""


def pinned_font(system: QFont) -> QFont:
    """Return the font of the pictures, as large as the system's ordinarily is."""
    font = QFont(system)
    font.setFamilies([FONT])
    font.setPixelSize(13)
    return font


def machine(font: QFont) -> dict[str, str]:
    """Return what decides how text looks here: Qt, the font found, and how it is rasterised."""
    page = QImage(240, 40, QImage.Format.Format_RGB32)
    page.fill(Qt.GlobalColor.white)
    painter = QPainter(page)
    painter.setFont(font)
    painter.drawText(QRect(4, 4, 232, 32), int(Qt.AlignmentFlag.AlignLeft), "Swerve 0.123 fi Ag √")
    painter.end()
    drawn = hashlib.sha256(pixels(page).tobytes()).hexdigest()[:16]
    return {"Qt": qVersion(), "font": QFontInfo(font).family(), "drawn": drawn}


def why_not_here(font: QFont) -> str | None:
    """Return why pictures cannot be compared on this machine, or None."""
    if DRAWS:
        return None
    made = json.loads(MACHINE.read_text("utf-8")) if MACHINE.exists() else {}
    here = machine(font)
    differing = [
        f"{key} is {here[key]}, was {made.get(key)}" for key in here if here[key] != made.get(key)
    ]
    return f"text is drawn otherwise here: {'; '.join(differing)}" if differing else None


def pixels(image: QImage) -> np.ndarray:
    """Return an image as levels, shape (height, width, 3), uint8."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1)
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()


def compare(name: str, image: QImage) -> str | None:
    """Return how a picture differs from the one that is kept, None when it does not.

    The three pictures, kept, drawn and different, are then in one file in `build/pictures`.
    """
    kept_at = FOLDER / f"{name}.png"
    if DRAWS:
        FOLDER.mkdir(exist_ok=True)
        image.convertToFormat(QImage.Format.Format_RGB32).save(str(kept_at), quality=0)
        return None
    if not kept_at.exists():
        return f"{name}: there is no such picture yet: make pictures"
    kept, drawn = pixels(QImage(str(kept_at))), pixels(image)
    if kept.shape != drawn.shape:
        _keep_failure(name, kept, drawn, drawn)
        return f"{name}: {drawn.shape[1]}x{drawn.shape[0]}, was {kept.shape[1]}x{kept.shape[0]}"
    apart = np.abs(kept.astype(int) - drawn).max(axis=2) > LOUD
    share = float(apart.mean())
    if share <= SHARE:
        return None
    where = np.argwhere(apart)
    top, left = where.min(axis=0)
    shown = np.where(apart[..., None], np.array([220, 30, 30], np.uint8), drawn // 2 + 127)
    _keep_failure(name, kept, drawn, shown.astype(np.uint8))
    return (
        f"{name}: {share:.2%} of the pixels differ, from {left}, {top} on: see {FAILED / name}.png"
    )


def _keep_failure(name: str, *pictures: np.ndarray) -> None:
    height = max(picture.shape[0] for picture in pictures)
    wide = [np.pad(p, ((0, height - p.shape[0]), (0, 8), (0, 0))) for p in pictures]
    whole = np.ascontiguousarray(np.concatenate(wide, axis=1))
    FAILED.mkdir(parents=True, exist_ok=True)
    rows, columns = whole.shape[:2]
    QImage(whole.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).save(
        str(FAILED / f"{name}.png")
    )
