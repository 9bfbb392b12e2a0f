"""“What is this?”: the next click tells what is under the pointer, and does nothing else."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QWhatsThis,
    QWidget,
)

UNKNOWN = "There is nothing more to say about this. Help → What the words mean has every word."


class WhatIsThis(QObject):
    """Answers Qt's question with the tool tips that every figure and field has anyway."""

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app

    def ask(self) -> None:
        """Let the next click ask."""
        self._app.installEventFilter(self)  # only meanwhile: it sees every event there is
        QWhatsThis.enterWhatsThisMode()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer for any widget."""
        if event.type() is QEvent.Type.LeaveWhatsThisMode:
            self._app.removeEventFilter(self)
        elif event.type() is QEvent.Type.QueryWhatsThis and isinstance(watched, QWidget):
            event.accept()
            return True
        elif (
            event.type() is QEvent.Type.WhatsThis
            and isinstance(watched, QWidget)
            and isinstance(event, QHelpEvent)
        ):
            QWhatsThis.showText(event.globalPos(), meaning_at(watched, event.pos()), watched)
            return True
        return super().eventFilter(watched, event)


def meaning_at(widget: QWidget, at: QPoint) -> str:
    """Return what stands under a point of a widget, in words; of the nearest frame that knows."""
    around = widget.parentWidget()
    found = None
    if isinstance(around, QHeaderView) and widget is around.viewport():
        column = around.logicalIndexAt(at)
        role = Qt.ItemDataRole.ToolTipRole
        found = around.model().headerData(column, around.orientation(), int(role))
    elif isinstance(around, QAbstractItemView) and widget is around.viewport():
        found = around.indexAt(at).data(Qt.ItemDataRole.ToolTipRole)
    if found:
        return str(found)
    here: QWidget | None = widget
    while here is not None:
        if here.toolTip():
            return here.toolTip()
        here = here.parentWidget()
    return UNKNOWN
