"""What the colours of a sweep's strip say: how many bits more a token, and what has none."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.harm_strip import harm_colour
from gui.look import Look

HEIGHT, SWATCH, BAR = 12, 18, 96
"""Pixels."""


class HarmLegend(QWidget):
    """Told the floor and the worst harm, it shows which colour stands for what."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._bar = _Bar(look)
        self._least, self._most = QLabel(), QLabel()
        self._uncoloured = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        chosen = QLabel("chosen")
        for widget in (self._least, self._bar, self._most):
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(_Swatch(look))
        row.addWidget(self._uncoloured)
        row.addSpacing(12)
        row.addWidget(_Outline(look))
        row.addWidget(chosen)
        row.addStretch(1)
        for label in (self._least, self._most, self._uncoloured, chosen):
            label.setObjectName("small")
        self.setVisible(False)

    def show_scale(self, floor: float | None, most: float) -> None:
        """Say what the colours between the floor and the worst harm mean, in bits a token."""
        self._bar.show_floor(0.0 if floor is None or not most else min(1.0, floor / most))
        self._least.setText("0")
        self._most.setText(f"{most:.2f} bits more a token")
        known = (
            "floor (not measured yet)" if floor is None else f"rounding floor of {floor:.2g} bits"
        )
        self._uncoloured.setText(f"within the {known}, or fewer tokens follow")

    def text(self) -> str:
        """Return what it says."""
        return " · ".join(label.text() for label in (self._least, self._most, self._uncoloured))


class _Swatch(QWidget):
    """A chip without a colour."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setFixedSize(self.sizeHint())
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return its size."""
        return QSize(SWATCH, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen())
        painter.setBrush(QColor(self._look.theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)
        painter.end()

    def _pen(self) -> QPen:
        return QPen(QColor(self._look.theme.hairline), 1)


class _Outline(_Swatch):
    """A chip that is chosen."""

    def _pen(self) -> QPen:
        return QPen(QColor(self._look.theme.accent), 2)


class _Bar(_Swatch):
    """The colours from none to the worst, bare up to the floor."""

    def __init__(self, look: Look) -> None:
        self._floor = 0.0
        super().__init__(look)

    def sizeHint(self) -> QSize:
        """Return its size."""
        return QSize(BAR, HEIGHT)

    def show_floor(self, share: float) -> None:
        """Leave bare what lies below the floor, a share of the worst."""
        self._floor = share
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the colours."""
        painter = QPainter(self)
        theme, width = self._look.theme, self.width()
        for column in range(width):
            share = column / (width - 1)
            colour = harm_colour(theme, share) if share > self._floor else theme.panel
            painter.fillRect(column, 0, 1, self.height(), QColor(colour))
        painter.setPen(self._pen())
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
