"""Sessions as text files: written from a session file, and read into a new one."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from core.exports.answers_json import Json
from core.exports.session_csv import candidates_csv, tokens_csv
from core.exports.session_json import session_from_json, session_json
from core.exports.session_markdown import session_markdown
from core.known_error import KnownError
from core.session_file import SessionFile
from core.session_reading import load
from core.sound_text import sound
from gui.session_commands import is_there, session_info

NOT_OVER_A_SESSION = (
    "{name} is a session, and an export would take its place: choose a name that ends in .json,"
    " .csv or .md."
)


def export_session(path: Path, form: str, rows: str | None) -> str:
    """Return a session as `json`, `csv` or `markdown` text; `rows` chooses what a CSV lists."""
    session = load(path)
    match form, rows:
        case "json", None:
            return sound(json.dumps(session_json(session), ensure_ascii=False)) + "\n"
        case "markdown", None:
            return sound(session_markdown(session, path.stem))
        case "csv", "candidates":
            return sound(candidates_csv(session))
        case "csv", _:
            return sound(tokens_csv(session))
        case _:
            raise KnownError("--rows says what a CSV lists: leave it out, or use --format csv.")


def write_export(path: Path, form: str, *, rows: str | None, out: Path) -> Json:
    """Write a session as text to `out`; a CSV without `rows` becomes two files.

    What was there before is replaced when all is written, and only then; a session never is.
    """
    wanted = {out: rows}
    if form == "csv" and rows is None:
        wanted[out.with_suffix(f".candidates{out.suffix}")] = "candidates"
    for file in wanted:
        if file.suffix.lower() == ".swerve" or _is_same(file, path):
            raise KnownError(NOT_OVER_A_SESSION.format(name=file.name))
    _put({file: export_session(path, form, which) for file, which in wanted.items()})
    return {
        "format": form,
        "files": [{"path": str(file), "bytes": file.stat().st_size} for file in wanted],
    }


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False


def _put(texts: Mapping[Path, str]) -> None:
    """Write files beside their places, then put them there."""
    drafts = {file: file.with_name(f"{file.name}.part") for file in texts}
    try:
        for file, draft in drafts.items():
            with _told_as_unwritable(file):
                draft.write_text(texts[file], encoding="utf-8", newline="")
        for file, draft in drafts.items():
            with _told_as_unwritable(file):
                draft.replace(file)
    finally:
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink(missing_ok=True)


@contextmanager
def _told_as_unwritable(file: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise KnownError(f"{file.name} cannot be written: {error.strerror}.") from error


def import_session(path: Path, out: Path) -> Json:
    """Write the session that `path` tells as JSON to a new session file, or leave none."""
    if is_there(out):
        raise KnownError(f"{out.name} is there already: choose another name.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KnownError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise KnownError(f"{path.name} is not text: export a session as JSON first.") from error
    SessionFile.create(out, session_from_json(text).contents()).close()
    try:
        return session_info(out)
    except KnownError:  # what cannot be read back is no session
        out.unlink()
        raise
