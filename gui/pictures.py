"""The window as a picture, without a display."""

import os
from pathlib import Path

from core.engine import Engine
from core.forks import DEFAULT_FORK
from core.known_error import KnownError
from gui.session_commands import workbench_on


def draw(
    session: Path | None,
    engine: Engine | None,
    *,
    size: tuple[int, int],
    theme: str,
    out: Path,
) -> None:
    """Draw a session, or with an engine the first story, into a PNG file."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # a picture must not flash a window up
    from gui.app import render_window  # noqa: PLC0415 - Qt reads the variable when it starts
    from gui.look import ThemeChoice  # noqa: PLC0415

    if session is not None and not session.exists():
        raise KnownError(f"There is no session {session}: check the path.")
    if not out.parent.is_dir():
        raise KnownError(f"There is no folder {out.parent}: make it, or write elsewhere.")
    with workbench_on(session, engine) as workbench:
        if session is None and engine is not None:
            workbench.tell_fork(DEFAULT_FORK)
        if not render_window(workbench, size=size, theme=ThemeChoice(theme), path=out):
            raise KnownError(
                f"{out} cannot be written: end its name in .png, in a writable folder."
            )
