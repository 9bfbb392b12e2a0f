"""Whether and how long things move: short, without bouncing, not at all if the system says so."""

from PySide6.QtWidgets import QApplication, QStyle

GROW_MS = 120
ZOOM_MS = 260


def moves() -> bool:
    """Return whether the system wants things to move."""
    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0


def eased(share: float) -> float:
    """Return how far a movement is after a share of its time: quick first, then slower, no more."""
    return 1.0 - (1.0 - min(max(share, 0.0), 1.0)) ** 3
