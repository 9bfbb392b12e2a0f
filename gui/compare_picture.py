"""A view of the comparison as a picture that speaks for itself: with names, marks and axes."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QTableView, QTreeView, QWidget

from gui.look import Look, Size
from gui.marks import paint_mark
from gui.theme import Mark

MARGIN, GAP, MARK = 12.0, 18.0, 10.0
"""Pixels around all, between two names, and of a mark."""

EDGE = 4
"""Pixels around the cells of a table, so that it has nothing to scroll."""

HIGHEST = 12_000
"""Pixels of the highest picture of one table: of a longer one its first rows are shown."""


@dataclass(frozen=True, slots=True)
class Legend:
    """What stands over a picture: the branches with their marks, and a line about the figures."""

    names: Sequence[tuple[str, Mark]]
    caption: str


def picture_of(parts: Sequence[QWidget], legend: Legend, look: Look) -> QPixmap:
    """Return what some widgets show, one below the other under the legend; tables are whole."""
    ratio = parts[0].devicePixelRatioF()
    drawn = [_drawn(part) for part in parts]
    sizes = [one.deviceIndependentSize() for one in drawn]
    width = max(size.width() for size in sizes) + 2 * MARGIN
    metrics = QFontMetricsF(look.font(Size.BODY))
    places, names_height = _flow(legend.names, metrics, width)
    about = QRectF(MARGIN, MARGIN + names_height, width - 2 * MARGIN, 0)
    wrapped = int(Qt.TextFlag.TextWordWrap)
    small = QFontMetricsF(look.font(Size.LABEL))
    about.setHeight(
        small.boundingRect(about.adjusted(0, 0, 0, 400), wrapped, legend.caption).height()
    )
    top = about.bottom() + MARGIN
    height = top + sum(size.height() + MARGIN for size in sizes)
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(look.theme.panel))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(look.font(Size.BODY))
    painter.setPen(QColor(look.theme.ink))
    for (name, mark), place in zip(legend.names, places, strict=True):
        paint_mark(painter, place + QPointF(MARK / 2, metrics.height() / 2), mark, MARK)
        painter.setPen(QColor(look.theme.ink))
        painter.drawText(place + QPointF(MARK + 6, metrics.ascent()), name)
    painter.setFont(look.font(Size.LABEL))
    painter.setPen(QColor(look.theme.muted))
    painter.drawText(about, wrapped, legend.caption)
    for one, size in zip(drawn, sizes, strict=True):
        painter.drawPixmap(QPointF(MARGIN, top), one)
        top += size.height() + MARGIN
    painter.end()
    return picture


def _drawn(part: QWidget) -> QPixmap:
    """Return a picture of a widget; a table is as large as all its cells for as long."""
    with _whole(part) if isinstance(part, QAbstractScrollArea) else nullcontext():
        ratio = part.devicePixelRatioF()
        picture = QPixmap(part.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        # Its own ground is that of the window, which a picture has not around it.
        part.render(picture, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    return picture


@contextmanager
def _whole(part: QAbstractScrollArea) -> Generator[None]:
    """Let a table be as large as all its cells, unseen; then as it was, where it was scrolled."""
    place, needed = part.geometry(), _whole_size(part)
    bars = part.horizontalScrollBar(), part.verticalScrollBar()
    policies = part.horizontalScrollBarPolicy(), part.verticalScrollBarPolicy()
    scrolled = [bar.value() for bar in bars]
    part.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    part.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    part.resize(needed)
    try:
        yield
    finally:
        part.setGeometry(place)
        part.setHorizontalScrollBarPolicy(policies[0])
        part.setVerticalScrollBarPolicy(policies[1])
        for bar, value in zip(bars, scrolled, strict=True):
            bar.setValue(value)


def _whole_size(part: QAbstractScrollArea) -> QSize:
    """Return the size that a table needs to show all of itself, other widgets as they are."""
    size = part.size()
    if isinstance(part, QTableView):
        side, head = part.verticalHeader(), part.horizontalHeader()
        width = (0 if side.isHidden() else side.sizeHint().width()) + head.length()
        high = head.sizeHint().height() + side.length()
        size = QSize(max(size.width(), width + EDGE), high + EDGE)
    elif isinstance(part, QTreeView):
        rows, index = 0, part.model().index(0, 0)
        while index.isValid():
            rows, index = rows + 1, part.indexBelow(index)
        high = part.header().sizeHint().height() + rows * max(0, part.sizeHintForRow(0))
        size.setHeight(high + EDGE)
    return QSize(size.width(), min(max(1, size.height()), HIGHEST))


def _flow(
    names: Sequence[tuple[str, Mark]], metrics: QFontMetricsF, width: float
) -> tuple[list[QPointF], float]:
    """Return where each name starts, line by line, and how high they are together."""
    line = metrics.height() + 6
    x, y = MARGIN, MARGIN
    places: list[QPointF] = []
    for name, _ in names:
        needed = MARK + 6 + metrics.horizontalAdvance(name)
        if x > MARGIN and x + needed > width - MARGIN:
            x, y = MARGIN, y + line
        places.append(QPointF(x, y))
        x += needed + GAP
    return places, (y - MARGIN + line) if names else 0.0
