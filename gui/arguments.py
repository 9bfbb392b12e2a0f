"""What may be typed after `swerve`: the names are a public interface."""

import argparse
import sys
from importlib.metadata import version
from typing import NoReturn, Protocol

from core.engine import TOP
from core.known_error import KnownError

COMMANDS = (
    "read",
    "continue",
    "grow",
    "fork",
    "lab",
    "session",
    "models",
    "render",
    "bench",
    "open",
)
SIZES = "1280x800"


class _Parser(argparse.ArgumentParser):
    """Answers a wrong call with one sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise KnownError(f"{message[:1].upper()}{message[1:]}: see {self.prog} --help.")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, *_: object) -> NoReturn:
        sys.stdout.write(f"swerve {version('swerve')}\n")
        raise SystemExit(0)


class Commands(Protocol):
    """What argparse returns for a group of commands; its own class has no public name."""

    def add_parser(
        self,
        name: str,
        *,
        help: str,  # noqa: A002 - argparse's own word
        description: str,
    ) -> argparse.ArgumentParser:
        """Add a command."""
        ...


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options; `command` names what to do. Raises `KnownError` on a wrong call."""
    return _parser().parse_args(_with_window(arguments))


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
    _reading(commands)
    _forking(commands)
    _sessions(commands)
    _models(commands)
    _pictures(commands)
    _lab(commands)
    return parser


def _reading(commands: Commands) -> None:
    read = _command(commands, "read", "what the model thinks of each token of a text")
    _text(read, "text")
    _model(read)
    _session(read)
    read.add_argument("--top", type=_count, default=TOP, metavar="K", help="candidates to keep")

    go_on = _command(commands, "continue", "continuations of a prompt, in one batch")
    _text(go_on, "prompt")
    _model(go_on)
    _session(go_on)
    go_on.add_argument("--tokens", type=_count, default=24, metavar="N")
    go_on.add_argument("--branches", type=_count, default=1, metavar="B")
    go_on.add_argument("--temperature", type=_positive, default=1.0, metavar="T")
    go_on.add_argument("--top-k", type=_natural, default=0, metavar="K")
    go_on.add_argument("--top-p", type=_share, default=1.0, metavar="P")
    go_on.add_argument("--min-p", type=_share, default=0.0, metavar="P")
    go_on.add_argument("--seed", type=int, default=0, metavar="S")

    grow = _command(commands, "grow", "the tree of the likeliest tokens")
    _text(grow, "prompt")
    _model(grow)
    grow.add_argument("--width", type=_count, default=3, metavar="K")
    grow.add_argument("--depth", type=_count, default=6, metavar="D")
    grow.add_argument("--min-path-probability", type=_share, default=0.0, metavar="P")


def _forking(commands: Commands) -> None:
    fork = _command(commands, "fork", "a right and a wrong answer beside their controls, compared")
    _text(fork, "prompt")
    _model(fork)
    _session(fork)
    fork.add_argument("--right", required=True, metavar="TEXT", help="the true answer")
    fork.add_argument("--wrong", required=True, metavar="TEXT", help="the error")
    fork.add_argument("--control", metavar="TEXT", help="as surprising, neither true nor wrong")
    fork.add_argument("--mention", metavar="TEXT", help="the wrong word without the claim")
    fork.add_argument("--probe", metavar="TEXT", help="what asks for the belief afterwards")
    fork.add_argument("--tokens", type=_natural, default=24, metavar="N", help="tokens to grow")


def _sessions(commands: Commands) -> None:
    session = commands.add_parser("session", help="session files", description="Session files.")
    kinds = session.add_subparsers(
        required=True, metavar="info|verify|export|import|compact", parser_class=_Parser
    )
    for word, purpose in (
        ("info", "what a session file holds"),
        ("verify", "whether the model still says what is stored; a sample, or all of it"),
        ("export", "the session as text, on standard output or in a file"),
        ("compact", "delete for good what is hidden or was undone"),
    ):
        kind = _command(kinds, word, purpose, name=f"session {word}")
        kind.add_argument("file", help="a .swerve file")
        match word:
            case "verify":
                kind.add_argument("--all", action="store_true", help="check every reading")
                _model(kind)
            case "export":
                kind.add_argument("--format", required=True, choices=("json", "csv", "markdown"))
                kind.add_argument("--rows", choices=("tokens", "candidates"), help="of the CSV")
                kind.add_argument("--out", metavar="F", help="where to write; default: print it")
            case "compact":
                kind.add_argument("--yes", action="store_true", help="delete without asking")
            case _:
                pass
    back = _command(kinds, "import", "a session from its exported JSON", name="session import")
    back.add_argument("file", help="what `session export --format json` wrote")
    back.add_argument("--out", required=True, metavar="F.swerve", help="the new session file")


def _models(commands: Commands) -> None:
    models = commands.add_parser(
        "models", help="models on this machine", description="Models on this machine."
    )
    kinds = models.add_subparsers(required=True, metavar="list|info", parser_class=_Parser)
    _command(kinds, "list", "the models that need no path", name="models list")
    info = _command(kinds, "info", "what a model is, and its arithmetic here", name="models info")
    info.add_argument("name", nargs="?", help="a name or a path; default: the starter model")
    bench = _command(commands, "bench", "the engine's speed beside a bare llama.cpp loop")
    _model(bench)
    bench.add_argument("--window", action="store_true", help="the speed of the window instead")
    bench.add_argument("--nodes", type=int, default=100_000, help="size of the window's large tree")


def _lab(commands: Commands) -> None:
    lab = commands.add_parser("lab", help="experiments", description="Experiments on errors.")
    kinds = lab.add_subparsers(required=True, metavar="list|run|selftest", parser_class=_Parser)
    _command(kinds, "list", "the experiments", name="lab list")
    run = _command(kinds, "run", "one experiment, with its intervals", name="lab run")
    run.add_argument("name", help="an experiment that `swerve lab list` prints")
    _model(run)
    run.add_argument("--size", choices=("quick", "standard"), default="quick")
    run.add_argument("--items", type=_count, metavar="N", help="default: those of the size")
    run.add_argument("--seed", type=_natural, default=0, metavar="S")
    run.add_argument("--facts", metavar="F", help="your own fact pack, JSON or CSV")
    run.add_argument("--rows", metavar="F.jsonl", help="keep raw rows here, and resume from them")
    run.add_argument("--report", metavar="F.html", help="write a report that needs nothing else")
    run.add_argument("--tasks", metavar="A,B", help="step tasks: look-up,counting,colours,sums,…")
    run.add_argument("--preamble", metavar="TEXT", help="a text that stands before every item")
    run.add_argument("--csv", metavar="F.csv", help="write the raw rows, a line a number")
    test = _command(kinds, "selftest", "the lab measures a model of known errors", name="lab test")
    test.add_argument("--simulations", type=_count, default=120, metavar="N")


def _pictures(commands: Commands) -> None:
    render = _command(commands, "render", "the window as a picture, without a display")
    render.add_argument("file", nargs="?", help="a .swerve session; default: the first story")
    _model(render)
    render.add_argument("--out", required=True, metavar="F.png", help="where to write the picture")
    render.add_argument("--size", type=_size, default=_size(SIZES), metavar="WxH")
    render.add_argument("--theme", choices=("light", "dark"), default="light")

    window = _command(commands, "open", "the window")
    window.add_argument("file", nargs="?", help="a .swerve session or a .gguf model")
    _model(window)


def _command(
    commands: Commands, word: str, purpose: str, *, name: str = ""
) -> argparse.ArgumentParser:
    parser = commands.add_parser(word, help=purpose, description=purpose)
    parser.set_defaults(command=name or word)
    parser.add_argument("--json", action="store_true", help="print JSON (the only format)")
    parser.add_argument("--compact", action="store_true", help="print the JSON on one line")
    return parser


def _text(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(name, help="the text; a prompt that ends in a space is nearly always wrong")


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", help="a path or a name of `swerve models list`")


def _session(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", metavar="F", help="also write the tree to this .swerve file")


def _number(text: str, kind: type[int] | type[float], least: float, most: float) -> float:
    try:
        value = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from None
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text} is out of range (from {least:.9g} to {most:.9g})")
    return value


def _count(text: str) -> int:
    return int(_number(text, int, 1, 100_000))


def _natural(text: str) -> int:
    return int(_number(text, int, 0, 1_000_000))


def _positive(text: str) -> float:
    return _number(text, float, 0, 100)


def _share(text: str) -> float:
    return _number(text, float, 0, 1)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        size = int(width), int(height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a size such as {SIZES}") from None
    if not (1024 <= size[0] <= 7680 and 700 <= size[1] <= 4320):
        raise argparse.ArgumentTypeError(f"{text} is out of range (from 1024x700 to 7680x4320)")
    return size
