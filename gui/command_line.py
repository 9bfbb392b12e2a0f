"""The command line: the window's verbs for scripts and machines without a display.

JSON goes to standard output, progress and messages to standard error. Exit status: 0 done; 2 the
user can mend it, in one sentence; 1 a bug. No Qt is imported until a window is asked for.
"""

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn, cast

from core.engine import TOP
from core.exports.answers_json import Json, continue_json, grow_json, model_json, read_json
from core.known_error import KnownError
from core.sampling import Sampler
from models.catalog import find_model, local_models
from models.engine_process import EngineProcess
from models.file_hash import sha256_of

Command = Callable[[argparse.Namespace], Json | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        options = _parser().parse_args(_with_window(arguments))
        answer = cast("Command", options.run)(options)
        if isinstance(answer, int):
            return answer
        if answer is not None:
            json.dump(answer, sys.stdout, ensure_ascii=False, indent=None if options.compact else 1)
            sys.stdout.write("\n")
            sys.stdout.flush()
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


def say(sentence: str) -> None:
    """Tell the person at the terminal something that is not data."""
    sys.stderr.write(sentence + "\n")


class _Parser(argparse.ArgumentParser):
    """Answers a wrong call with one sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise KnownError(f"{message[:1].upper()}{message[1:]}: see {self.prog} --help.")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, *_: object) -> NoReturn:
        sys.stdout.write(f"swerve {version('swerve')}\n")
        raise SystemExit(0)


COMMANDS = ("read", "continue", "grow", "models", "open")


def _with_window(arguments: list[str]) -> list[str]:
    """Let `swerve` and `swerve FILE` mean the window."""
    if arguments and (arguments[0] in COMMANDS or arguments[0] in {"-h", "--help", "--version"}):
        return arguments
    return ["open", *arguments]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="swerve",
        description="See what a language model does after a wrong turn. Without a command, opens"
        " the window; a FILE is a .swerve session or a .gguf model.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    read = _command(commands, "read", _read, "what the model thinks of each token of a text")
    _text(read, "text")
    _model(read)
    read.add_argument("--top", type=_count, default=TOP, metavar="K", help="candidates to keep")

    go_on = _command(commands, "continue", _continue, "continuations of a prompt, in one batch")
    _text(go_on, "prompt")
    _model(go_on)
    go_on.add_argument("--tokens", type=_count, default=24, metavar="N")
    go_on.add_argument("--branches", type=_count, default=1, metavar="B")
    go_on.add_argument("--temperature", type=_positive, default=1.0, metavar="T")
    go_on.add_argument("--top-k", type=_natural, default=0, metavar="K")
    go_on.add_argument("--top-p", type=_share, default=1.0, metavar="P")
    go_on.add_argument("--min-p", type=_share, default=0.0, metavar="P")
    go_on.add_argument("--seed", type=int, default=0, metavar="S")

    grow = _command(commands, "grow", _grow, "the tree of the likeliest tokens")
    _text(grow, "prompt")
    _model(grow)
    grow.add_argument("--width", type=_count, default=3, metavar="K")
    grow.add_argument("--depth", type=_count, default=6, metavar="D")
    grow.add_argument("--min-path-probability", type=_share, default=0.0, metavar="P")

    models = commands.add_parser("models", help="models on this machine")
    kinds = models.add_subparsers(required=True, metavar="list|info", parser_class=_Parser)
    _command(kinds, "list", _models_list, "the models that need no path")
    info = _command(kinds, "info", _models_info, "what a model file is, and its arithmetic here")
    info.add_argument("name", nargs="?", help="a name or a path; default: the starter model")

    window = _command(commands, "open", _window, "the window")
    window.add_argument("file", nargs="?", help="a .swerve session or a .gguf model")
    _model(window)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",  # type: ignore[type-arg]
    name: str,
    run: Command,
    purpose: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print JSON (the only format)")
    parser.add_argument("--compact", action="store_true", help="print the JSON on one line")
    return parser


def _text(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(name, help="the text; a prompt that ends in a space is nearly always wrong")


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", help="a path or a name of `swerve models list`")


def _number(text: str, kind: type[int] | type[float], least: float, most: float) -> float:
    try:
        value = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from None
    if not least <= value <= most:
        limits = f"at least {least:g}" if most == float("inf") else f"from {least:g} to {most:g}"
        raise argparse.ArgumentTypeError(f"{text} is out of range ({limits})")
    return value


def _count(text: str) -> int:
    return int(_number(text, int, 1, 100_000))


def _natural(text: str) -> int:
    return int(_number(text, int, 0, 1_000_000))


def _positive(text: str) -> float:
    return _number(text, float, 0, 100)


def _share(text: str) -> float:
    return _number(text, float, 0, 1)


@contextmanager
def loaded(model: str | None) -> Iterator[EngineProcess]:
    """Load a model for the length of one command."""
    path = find_model(model)
    say(f"Loading {path.name} …")
    engine = EngineProcess(path, lambda _: True, lambda: None)
    try:
        yield engine
    finally:
        engine.close()


def _with_hash(engine: EngineProcess, answer: Json) -> Json:
    sha256 = engine.card.sha256 or sha256_of(Path(engine.card.path))
    model = {**cast("Json", answer["model"]), "sha256": sha256}
    return {**answer, "model": model}


def _read(options: argparse.Namespace) -> Json:
    with loaded(options.model) as engine:
        return _with_hash(engine, read_json(engine, options.text, top=options.top))


def _continue(options: argparse.Namespace) -> Json:
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
        return _with_hash(engine, answer)


def _grow(options: argparse.Namespace) -> Json:
    with loaded(options.model) as engine:
        answer = grow_json(
            engine,
            options.prompt,
            width=options.width,
            depth=options.depth,
            least_probability=options.min_path_probability,
        )
        return _with_hash(engine, answer)


def _models_list(_: argparse.Namespace) -> Json:
    return {
        "models": [
            {"name": model.name, "path": str(model.path), "bytes": model.path.stat().st_size}
            for model in local_models()
        ]
    }


def _models_info(options: argparse.Namespace) -> Json:
    with loaded(options.name) as engine:
        card = engine.card
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
                "least_rows": card.arithmetic.least_rows,
                "row_multiple": card.arithmetic.row_multiple,
                "most_rows": card.arithmetic.most_rows,
                "repeats": card.arithmetic.repeats,
                "check": card.arithmetic.check,
            },
        }


def _window(options: argparse.Namespace) -> int:
    from gui.app import open_window  # noqa: PLC0415 - Qt, only when a window is asked for

    return open_window(options.file, options.model)
