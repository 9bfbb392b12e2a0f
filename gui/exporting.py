"""Writes the session as JSON, as tables or as text, in the background, from its file."""

import threading
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from core.known_error import KnownError
from core.workbench import SavedState, Workbench
from gui.file_dialogs import choose_place
from gui.file_names import with_ending

FORMS = {
    "Everything, as JSON (*.json)": ".json",
    "Tables of tokens and of candidates (*.csv)": ".csv",
    "Text to read, as Markdown (*.md)": ".md",
}
"""Kinds of files as the dialog names them, and how their names end."""

WAIT_MS = 100
UNSAVED = "The session is not in its file, which is what is exported: save it elsewhere first."
OTHER_ENDING = "An export ends in .json, .csv or .md: choose one of them."


class Exporting(QObject):
    """Asks where to; says `told` with a sentence when it is done, `failed` with why it is not."""

    told = Signal(str)
    failed = Signal(str)

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window

    def ask(self) -> None:
        """Let the user choose a place and a kind."""
        file = self._workbench.file
        stem = "session" if file is None else file.stem
        kinds = ";;".join(FORMS)
        name, kind = choose_place(self._window, "Export the session", kinds, stem)
        if name:
            ending = FORMS.get(kind)
            self.export(with_ending(name, ending, FORMS.values()) if ending else Path(name))

    def export(self, out: Path) -> None:
        """Write the session to `out`, once all of it is in its file."""
        file = self._workbench.file
        if out.suffix not in FORMS.values():
            self.failed.emit(OTHER_ENDING)
        elif self._workbench.saved_state is SavedState.SAVING:
            QTimer.singleShot(WAIT_MS, self, lambda: self.export(out))
        elif file is None or self._workbench.saved_state is SavedState.NOT_SAVED:
            self.failed.emit(UNSAVED)
        else:
            write = threading.Thread(target=self._write, args=(file, out), name="export")
            write.start()

    def _write(self, file: Path, out: Path) -> None:
        from gui.session_texts import write_export  # noqa: PLC0415 - not before it is needed

        form = {".json": "json", ".csv": "csv", ".md": "markdown"}[out.suffix]
        also = f" and {out.stem}.candidates.csv" if form == "csv" else ""
        with suppress(RuntimeError):  # the window was closed meanwhile
            try:
                write_export(file, form, rows=None, out=out)
            except KnownError as error:
                self.failed.emit(str(error))
            else:
                self.told.emit(f"Exported to {out.name}{also}.")
