"""A panel in a window of its own: on another screen, or beside the main window."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QStyle, QWidget

from gui.theme import UNIT

EDGE = 2 * UNIT
"""Pixels that a new window leaves at the edges of the screen, for its frame."""


class PanelWindow(QMainWindow):
    """Holds one panel. All actions of its `owner` have their keys here too.

    It is no child of the owner's window, over which window managers would keep it for good.
    Says `closed` when it is closed: whoever made it takes the panel out and puts it back. Says
    `moved` when the user gave it another place or size.
    """

    closed = Signal()
    moved = Signal()

    def __init__(self, panel: QWidget, title: str, owner: QWidget, place: QRect | None) -> None:
        super().__init__(None, Qt.WindowType.Window)
        owner.destroyed.connect(self.deleteLater)
        self.setWindowTitle(f"{title} \N{EM DASH} Swerve")
        self.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        self._owner = owner
        self._left_at = owner.focusWidget()
        self.addActions(owner.actions())
        for action in owner.actions():
            action.triggered.connect(self._follow_focus)
        size = panel.size().expandedTo(panel.minimumSizeHint())
        corner = panel.mapToGlobal(panel.rect().topLeft())
        self.panel = panel
        self.setCentralWidget(panel)
        panel.show()
        if place is not None and _is_on_a_screen(place):
            self.setGeometry(place)
        else:
            bar = self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
            room = self.screen().availableGeometry().adjusted(EDGE, EDGE + bar, -EDGE, -EDGE)
            self.resize(size.grownBy(self.contentsMargins()).boundedTo(room.size()))
            last = room.bottomRight() - self.rect().bottomRight()
            self.move(
                max(room.left(), min(corner.x(), last.x())),
                max(room.top(), min(corner.y(), last.y())),
            )

    def exchange(self, panel: QWidget) -> None:
        """Hold another panel; the one before is deleted."""
        self.panel = panel
        self.setCentralWidget(panel)
        panel.show()

    def give_up(self) -> QWidget:
        """Return the panel, which nobody holds any more, and go."""
        self.takeCentralWidget()
        self.hide()
        self.deleteLater()
        return self.panel

    def place(self) -> list[int]:
        """Return where it stands: left, top, width and height, in pixels."""
        box = self.geometry()
        return [box.x(), box.y(), box.width(), box.height()]

    def changeEvent(self, event: QEvent) -> None:
        """Remember where typing would go in the owner's window, which was left just now."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self._left_at = self._owner.focusWidget()

    def _follow_focus(self) -> None:
        """Go where an action wants typing to go: keys reach the active window alone."""
        if self.isActiveWindow() and self._owner.focusWidget() is not self._left_at:
            self._owner.activateWindow()  # window managers raise what they activate

    def moveEvent(self, event: QMoveEvent) -> None:
        """Say so."""
        super().moveEvent(event)
        self.moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say so."""
        super().resizeEvent(event)
        self.moved.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Go; whoever holds the panel next takes it out."""
        super().closeEvent(event)  # refusing would keep the whole program from being quit
        self.closed.emit()


def _is_on_a_screen(place: QRect) -> bool:
    """Return whether a good part of a place can be seen: screens are taken away too."""
    seen = (screen.availableGeometry() & place for screen in QGuiApplication.screens())
    return any(4 * box.width() * box.height() >= place.width() * place.height() for box in seen)
