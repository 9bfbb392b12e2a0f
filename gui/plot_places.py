"""Finds the point of a plot under the mouse, and keeps plots out of the way of the Tab key."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QPointF, Qt

Key = TypeVar("Key")


def nearest(
    plot: Any, places: Mapping[Key, tuple[float, float]], at: QPointF, within: float
) -> Key | None:
    """Return whose place, in the plot's own coordinates, is nearest to a point of its viewport.

    None when none is closer than `within` pixels, across and up together. All places are moved to
    the screen at once: one by one, thousands would take longer than a frame.
    """
    if not places:
        return None
    box, view = plot.view, plot.viewportTransform()
    zero = view.map(box.mapViewToScene(QPointF(0, 0)))
    one = view.map(box.mapViewToScene(QPointF(1, 1)))
    points = np.array(list(places.values()), np.float64)
    across = zero.x() + points[:, 0] * (one.x() - zero.x()) - at.x()
    up = zero.y() + points[:, 1] * (one.y() - zero.y()) - at.y()
    distance = np.where(np.isfinite(across + up), np.abs(across) + np.abs(up), np.inf)
    best = int(np.argmin(distance))
    return list(places)[best] if distance[best] < within else None


def take_no_keys(plot: Any) -> None:
    """Let Tab pass a plot by: there is nothing to do in it by keys, and it shows no focus.

    Its figures are in words beside it, or in a table.
    """
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
