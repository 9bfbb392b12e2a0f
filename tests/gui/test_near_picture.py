"""What was painted of the tree is kept: few changes are painted each for itself, many at once."""

import pytest
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

from gui.near_picture import MANY, NearPicture


@pytest.fixture
def picture(qapp):
    """A picture that was painted whole, and the parts that it asks for from then on."""
    parts: list[QRectF] = []
    near = NearPicture(lambda _, view: parts.append(view), qapp)

    def draw():
        parts.clear()
        on = QPixmap(400, 300)
        painter = QPainter(on)
        near.draw(
            painter,
            size=QSize(400, 300),
            offset=QPointF(0, 0),
            zoom=1.0,
            ground=QColor("white"),
            state=0,
        )
        painter.end()
        return list(parts)

    draw()
    return near, draw


def test_a_chip_that_changed_is_painted_once_and_alone(picture):
    near, draw = picture
    box = QRectF(100, 100, 40, 20)
    near.touch(box)
    near.touch(box)
    (part,) = draw()
    assert part.contains(box)
    assert part.width() < 300
    assert draw() == []


def test_many_chips_that_changed_are_painted_in_one_go(picture):
    near, draw = picture
    boxes = [QRectF(5 * n, 3 * n, 40, 20) for n in range(2 * MANY)]
    for box in boxes:
        near.touch(box)
    (part,) = draw()
    assert all(part.contains(box) for box in boxes)
