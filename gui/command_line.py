"""The command line: the window's verbs for scripts and machines without a display.

JSON goes to standard output, progress and messages to standard error. Exit status: 0 done; 2 the
user can mend it, in one sentence; 1 a bug. No Qt is imported until a window is asked for.
"""

import argparse
import gc
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

from core.engine import Engine, ModelCard
from core.exports.answers_json import (
    Json,
    continue_json,
    grow_json,
    measured_json,
    model_json,
    path_of,
    read_json,
)
from core.exports.fork_json import fork_json
from core.forks import DEFAULT_FORK, ForkSpec
from core.known_error import KnownError
from core.sampling import Sampler
from core.sound_text import sound
from gui.arguments import parse
from gui.places import untitled
from gui.session_commands import (
    compact_session,
    session_info,
    tell_story,
    verify_session,
    workbench_on,
)
from gui.session_texts import export_session, import_session, write_export
from models.catalog import find_model, local_models
from models.engine_process import EngineProcess
from models.file_hash import sha256_of

Options = argparse.Namespace

FLOORS_SECONDS = 60.0
"""How long `models info` waits for what is measured of a file only once."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        options = parse(sys.argv[1:] if arguments is None else list(arguments))
        answer = RUN[options.command](options)
        if isinstance(answer, int):
            return answer
        _print(answer, options)
    except KnownError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("Stopped.")
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read our output has read enough: leave quietly, without a second complaint.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


def _print(answer: Json, options: Options) -> None:
    indent = None if options.compact else 1
    sys.stdout.write(sound(json.dumps(answer, ensure_ascii=False, indent=indent)) + "\n")
    sys.stdout.flush()


def say(sentence: str) -> None:
    """Tell the person at the terminal something that is not data."""
    sys.stderr.write(sentence + "\n")


@contextmanager
def loaded(model: str | None) -> Generator[EngineProcess]:
    """Load a model for the length of one command."""
    path = find_model(model)
    say(f"Loading {path.name} …")
    engine = EngineProcess(path, lambda _: True, lambda: None)
    try:
        yield engine
    finally:
        engine.close()


def _with_hash(engine: Engine, answer: Json) -> Json:
    """Fill in the file's hash, which the engine is still computing after a short command."""
    sha256 = engine.card.sha256 or sha256_of(Path(engine.card.path))
    return {**answer, "model": {**cast("Json", answer["model"]), "sha256": sha256}}


def _read(options: Options) -> Json:
    with loaded(options.model) as engine:
        answer = read_json(engine, options.text, top=options.top)
        if options.session:
            with workbench_on(Path(options.session), engine) as workbench:
                workbench.start_prompt(engine.vocabulary.tokens(path_of(engine, options.text)))
        return _with_hash(engine, answer)


def _continue(options: Options) -> Json:
    sampler = Sampler(
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        min_p=options.min_p,
    )
    with loaded(options.model) as engine:
        answer = continue_json(
            engine,
            options.prompt,
            tokens=options.tokens,
            branches=options.branches,
            sampler=sampler,
            seed=options.seed,
            progress=say,
        )
        if options.session:
            with workbench_on(Path(options.session), engine) as workbench:
                prompt = engine.vocabulary.tokens(path_of(engine, options.prompt))
                workbench.continue_from(
                    [workbench.start_prompt(prompt)],
                    tokens=options.tokens,
                    sampler=sampler,
                    seed=options.seed,
                    samples=options.branches,
                )
        return _with_hash(engine, answer)


def _grow(options: Options) -> Json:
    with loaded(options.model) as engine:
        answer = grow_json(
            engine,
            options.prompt,
            width=options.width,
            depth=options.depth,
            least_probability=options.min_path_probability,
            progress=say,
        )
        return _with_hash(engine, answer)


def _fork(options: Options) -> Json:
    probe = options.probe
    if probe is None:
        probe = f".\nIn fact, {options.prompt}"
    spec = ForkSpec(
        prompt=options.prompt,
        right=options.right,
        wrong=options.wrong,
        control=options.control,
        mention=options.mention,
        probe=probe or None,
        tokens=options.tokens,
    )
    with loaded(options.model) as engine:
        answer, told = fork_json(engine, spec, progress=say)
        if options.session:
            tell_story(engine, told, Path(options.session))
        return _with_hash(engine, answer)


def _session_info(options: Options) -> Json:
    return session_info(Path(options.file))


def _session_verify(options: Options) -> int:
    with loaded(options.model) as engine:
        verdict = verify_session(Path(options.file), engine, everything=options.all, progress=say)
    _print(verdict, options)
    say(str(verdict["words"]))
    return 0 if verdict["ok"] else 2


def _session_export(options: Options) -> Json | int:
    path = Path(options.file)
    if options.out is not None:
        return write_export(path, options.format, rows=options.rows, out=Path(options.out))
    sys.stdout.write(export_session(path, options.format, options.rows))
    sys.stdout.flush()
    return 0


def _session_import(options: Options) -> Json:
    return import_session(Path(options.file), Path(options.out))


def _session_compact(options: Options) -> Json:
    return compact_session(Path(options.file), sure=options.yes)


def _models_list(_: Options) -> Json:
    return {
        "models": [
            {"name": model.name, "path": str(model.path), "bytes": model.path.stat().st_size}
            for model in local_models()
        ]
    }


def _models_info(options: Options) -> Json:
    with loaded(options.name) as engine:
        card = engine.card
        rule = card.arithmetic
        return {
            **model_json(engine),
            "sha256": card.sha256 or sha256_of(Path(card.path)),
            "architecture": card.architecture,
            "bytes": card.file_bytes,
            "context": card.context,
            "vocabulary_fingerprint": card.fingerprint,
            "engine": card.engine,
            "device": card.device,
            "threads": card.threads,
            "chat_template": bool(card.chat_template),
            "arithmetic": {
                "least_rows": rule.least_rows,
                "row_multiple": rule.row_multiple,
                "most_rows": rule.most_rows,
                "repeats": rule.repeats,
                "check": rule.check,
            },
            **measured_json(_measured(engine)),
        }


def _measured(engine: EngineProcess) -> ModelCard:
    """Return the card with its floors, for which a model is measured once, after a moment."""
    if engine.card.floors is None:
        say("Measuring what a difference must exceed …")
    end = time.monotonic() + FLOORS_SECONDS
    while engine.card.floors is None and time.monotonic() < end:
        time.sleep(0.05)
    return engine.card


# The lab's statistics take half a second to load, which only its own commands shall cost.


def _lab_list(_: Options) -> Json:
    from gui.lab_commands import lab_list  # noqa: PLC0415

    return lab_list()


def _lab_selftest(options: Options) -> int:
    from gui.lab_commands import lab_selftest  # noqa: PLC0415
    from models.fake_model import FakeModel  # noqa: PLC0415

    answer = lab_selftest(FakeModel, options.simulations, say)
    _print(answer, options)
    return 0 if answer["passed"] else 1


def _lab_run(options: Options) -> Json:
    from core.lab.registry import find_experiment  # noqa: PLC0415
    from gui.lab_commands import lab_run  # noqa: PLC0415

    experiment = find_experiment(options.name)
    with loaded(options.model) as engine:
        sha256 = engine.card.sha256 or sha256_of(Path(engine.card.path))
        return lab_run(engine, experiment, options, say, sha256=sha256)


def _bench(options: Options) -> Json:
    if options.window:
        from gui.window_bench import bench_window  # noqa: PLC0415 - Qt, only when it is measured

        return bench_window(options.nodes, say)
    from models.engine_bench import bench  # noqa: PLC0415 - loads llama.cpp into this process

    return bench(find_model(options.model), say)


def _render(options: Options) -> Json:
    from gui.pictures import draw  # noqa: PLC0415 - Qt, only when something is drawn

    out = Path(options.out)
    if options.file is not None:
        draw(Path(options.file), None, size=options.size, theme=options.theme, out=out)
    else:
        with loaded(options.model) as engine:
            draw(None, engine, size=options.size, theme=options.theme, out=out)
    return {"picture": str(out), "size": list(options.size), "theme": options.theme}


def _open(options: Options) -> int:
    if options.file is not None and not Path(options.file).suffix:
        _check_there_is(options.file)
    if not _has_display():
        return _without_display(options)
    gc.disable()  # what is imported stays: `keep_awake` looks for garbage once there can be any
    from gui.desktop import open_window  # noqa: PLC0415 - Qt, only when a window is asked for

    return open_window(options.file, options.model)


def _check_there_is(name: str) -> None:
    """Raise a sentence for a word that is neither a file nor a model: a command, mistyped."""
    try:
        find_model(name)
    except KnownError as error:
        raise KnownError(
            f"There is no command, session or model called {name}: `swerve --help` lists the"
            " commands."
        ) from error


def _has_display() -> bool:
    """Say whether a window can be shown; Qt itself would end the process when it cannot."""
    if sys.platform in {"win32", "darwin"} or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _without_display(options: Options) -> int:
    """Do the window's first job for a machine without a screen: a session file and a picture."""
    from gui.pictures import draw  # noqa: PLC0415 - Qt, only when something is drawn

    say("There is no display here: Swerve tells its first story into files instead.")
    if options.file is not None and Path(options.file).suffix == ".swerve":
        session = Path(options.file)
    else:
        session = untitled(datetime.now().astimezone())
        with loaded(options.file or options.model) as engine:
            tell_story(engine, replace(DEFAULT_FORK), session)
    picture = session.with_suffix(".png")
    draw(session, None, size=(1280, 800), theme="light", out=picture)
    sys.stdout.write(f"Session: {session}\nPicture: {picture}\n")
    return 0


RUN: Mapping[str, Callable[[Options], Json | int]] = {
    "read": _read,
    "continue": _continue,
    "grow": _grow,
    "fork": _fork,
    "session info": _session_info,
    "session verify": _session_verify,
    "session export": _session_export,
    "session import": _session_import,
    "session compact": _session_compact,
    "models list": _models_list,
    "models info": _models_info,
    "bench": _bench,
    "render": _render,
    "open": _open,
    "lab list": _lab_list,
    "lab run": _lab_run,
    "lab test": _lab_selftest,
}
