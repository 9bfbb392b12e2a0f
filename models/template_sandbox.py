"""The sandbox that a chat template runs in: `python -m models.template_sandbox`.

It reads jobs as lines of JSON from standard input and answers each with one. It imports Jinja and
nothing else of ours, because the first conversation waits for it to start: numpy alone would take
longer than the template.
"""

import json
import sys
from datetime import UTC, datetime
from typing import NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_CHARACTERS = 1_000_000


class _IgnoreGeneration(Extension):
    """Reads over `{% generation %}`, which marks the assistant's text for training."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own interface

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what stands between the marks."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    return datetime.now(UTC).strftime(form)


def render(job: dict[str, object]) -> str:
    """Render one job in the sandbox. Raises Jinja's errors."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols", _IgnoreGeneration],
    )
    template = environment.from_string(str(job["template"]))
    pieces: list[str] = []
    length = 0
    for piece in template.generate(
        messages=job["messages"],
        add_generation_prompt=True,
        bos_token=job["bos_token"],
        eos_token=job["eos_token"],
        raise_exception=_refuse,
        strftime_now=_now,
    ):
        length += len(piece)
        if length > MOST_CHARACTERS:
            raise jinja2.TemplateError("it writes without end")
        pieces.append(piece)
    return "".join(pieces)


def main() -> None:
    """Render the jobs on standard input, a line each, until it ends; answer each with a line."""
    for line in sys.stdin:
        try:
            told = {"text": render(json.loads(line))}
        except (jinja2.TemplateError, TypeError, ValueError, RecursionError, MemoryError) as error:
            told = {"problem": (str(error).strip() or type(error).__name__).splitlines()[-1]}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
