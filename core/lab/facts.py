"""Facts that do not change, with their wrong answers: what experiments ask a model about."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from core.known_error import KnownError

PROBES = 3
SYMBOL = 2
"""Answers of so many letters are symbols, whose capitals tell them from words."""

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: `stem` ends where the answer begins; `true` and `wrong` are its answers.

    `lead_in` is a neutral sentence before it, `mention` names the first wrong answer without a
    claim, `carrier` makes either answer harmless, each of three `probes` asks again.
    """

    relation: str
    subject: str
    lead_in: str
    stem: str
    true: tuple[str, ...]
    wrong: tuple[str, ...]
    mention: str
    carrier: str
    probes: tuple[str, ...]

    @property
    def key(self) -> str:
        """A name that no other fact of the pack has."""
        return f"{self.relation}: {self.subject}"


def answers_after(
    facts: Sequence[Fact], text: str, following: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the right answers to what `text` asks, and what is wrong there: (), () if unknown.

    A text asks a fact when it ends with its stem or a probe, or when a right answer of the pack
    follows it. Wrong are the fact's own wrong answers and those to others of its relation.
    """
    asked = " ".join(text.split())
    word = following.strip()
    found = next(
        (one for one in facts if any(asked.endswith(stem) for stem in (one.stem, *one.probes))),
        None,
    ) or next((one for one in facts if word and word in one.true), None)
    if found is None:
        return (), ()
    others = [one.true[0] for one in facts if one.relation == found.relation]
    wrong = dict.fromkeys(one for one in (*found.wrong, *others) if one not in found.true)
    return tuple(f" {one}" for one in found.true), tuple(f" {one}" for one in wrong)


TEXTS = ("relation", "subject", "lead_in", "stem", "mention", "carrier")
LISTS = ("true", "wrong", "probes")


def parse_facts(text: str, name: str) -> tuple[Fact, ...]:
    """Read a pack: a JSON array of objects, or a table when its name ends in .csv.

    Raises `KnownError` naming the lines that are wrong.
    """
    facts: list[Fact] = []
    seen: dict[str, int] = {}
    problems: list[str] = []
    read = _table_rows if name.lower().endswith(".csv") else _objects
    for line, value in read(text, name):
        found = list(_problems(value))
        if not found:
            fact = _fact(cast("dict[str, object]", value))
            if fact.key in seen:
                found = [f"the fact is there already, in line {seen[fact.key]}"]
            seen[fact.key] = line
            facts.append(fact)
        problems += [f"line {line}: {problem}" for problem in found]
    if problems:
        more = f" (and {len(problems) - MOST_SHOWN} more)" if len(problems) > MOST_SHOWN else ""
        shown = "; ".join(problems[:MOST_SHOWN])
        raise KnownError(f"The fact pack {name} cannot be used: {shown}{more}.")
    if not facts:
        raise KnownError(f"The fact pack {name} is empty: give it at least one fact.")
    return tuple(facts)


def _table_rows(text: str, name: str) -> Iterator[tuple[int, object]]:
    """Yield a table's rows as objects with the lines they begin in; `|` parts the lists."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    begins = 1
    columns: list[str] = []
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip() for cell in cells]
                _check_columns(columns, name)
                continue
            if len(cells) != len(columns):
                raise KnownError(
                    f"The fact pack {name} cannot be used: line {line}: {len(cells)} cells, where"
                    f" the first line has {len(columns)}: quote cells that hold commas."
                )
            entry: dict[str, object] = dict(zip(columns, cells, strict=True))
            for part in LISTS:
                texts = str(entry[part]).split("|")
                entry[part] = [one.strip() for one in texts if one.strip()]
            yield line, entry
    except csv.Error as error:
        raise KnownError(
            f"The fact pack {name} cannot be used: line {reader.line_num}: {error}."
        ) from None


def _check_columns(columns: list[str], name: str) -> None:
    missing = [one for one in (*TEXTS, *LISTS) if one not in columns]
    if missing:
        raise KnownError(
            f"The fact pack {name} cannot be used: line 1 lacks {', '.join(missing)}: it must name"
            f" the columns {', '.join((*TEXTS, *LISTS))}."
        )
    if twice := next((one for one in columns if columns.count(one) > 1), None):
        raise KnownError(f"The fact pack {name} cannot be used: line 1 names {twice} twice.")


def _objects(text: str, name: str) -> Iterator[tuple[int, object]]:
    """Yield the array's values with the lines they begin in."""
    decoder = json.JSONDecoder()
    text = text.removeprefix("\ufeff")
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise KnownError(f"The fact pack {name} is no JSON array: begin it with [.")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        line = text.count("\n", 0, at) + 1
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise KnownError(
                f"The fact pack {name} cannot be used: line {error.lineno}: {error.msg}."
            ) from None
        except RecursionError:
            raise KnownError(
                f"The fact pack {name} cannot be used: line {line}: brackets stand in brackets too"
                " deep: a fact is one object."
            ) from None
        yield line, value
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            line = text.count("\n", 0, at) + 1
            raise KnownError(
                f"The fact pack {name} cannot be used: line {line}: a comma or ] is missing."
            )
    end = _skip(text, at + 1)
    if end < len(text):
        line = text.count("\n", 0, end) + 1
        raise KnownError(
            f"The fact pack {name} cannot be used: line {line}: text stands behind the closing ]:"
            " put all facts into one array."
        )


def _skip(text: str, at: int) -> int:
    found = re.compile(r"\s*").match(text, at)
    return found.end() if found else at


def _problems(value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield "this is no object"
        return
    entry = cast("dict[str, object]", value)
    for name in TEXTS:
        text = entry.get(name)
        if not isinstance(text, str) or not text.strip():
            yield f'"{name}" must be a text'
        else:
            yield from _several_lines(name, text)
    for name in LISTS:
        texts = entry.get(name)
        if not isinstance(texts, list) or not texts:
            yield f'"{name}" must be a list of texts'
        elif not all(isinstance(t, str) and t.strip() for t in cast("list[object]", texts)):
            yield f'"{name}" must hold texts only'
        else:
            yield from _untidy(name, cast("list[str]", texts))
    for name in entry.keys() - {*TEXTS, *LISTS}:
        yield f'"{name}" is not known'
    if all(isinstance(entry.get(name), str) for name in TEXTS) and all(
        isinstance(entry.get(name), list) for name in LISTS
    ):
        yield from _doubts(_fact(entry))


def _untidy(name: str, texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        if name != "probes" and text != text.strip():
            yield f'"{text}" begins or ends in a space, which is put before every answer'
        yield from _several_lines(name, text)


def _several_lines(name: str, text: str) -> Iterator[str]:
    if len(lines := text.splitlines()) > 1:
        yield f'"{name}" holds a text of several lines: "{lines[0]}" and more'


def _doubts(fact: Fact) -> Iterator[str]:
    """Yield what would spoil a measurement: an answer in two roles, or one that leaks early."""
    if len(fact.probes) != PROBES:
        yield f"there must be {PROBES} probes"
    if len(set(fact.probes)) != len(fact.probes):
        yield "two probes are the same"
    yield from _doubtful_answers(fact)
    before = (fact.lead_in, fact.stem, fact.carrier, *fact.probes)
    for text in (*before, fact.mention):
        if text != text.rstrip():
            yield "a text ends in a space, which the answer brings itself"
        for answer in fact.true:
            if names(text, answer):
                yield f'"{answer}" is given away by "{text}"'
    error = fact.wrong[0] if fact.wrong else ""
    yield from (
        f'"{error}", the error, stands in "{text}"' for text in before if names(text, error)
    )
    if error not in fact.mention:
        yield f'"mention" must name the first wrong answer, {error}'


def _doubtful_answers(fact: Fact) -> Iterator[str]:
    if both := {t.lower() for t in fact.true} & {w.lower() for w in fact.wrong}:
        yield f"{', '.join(sorted(both))} cannot be both true and wrong"
    for answers in (fact.true, fact.wrong):
        if twice := sorted({answer for answer in answers if answers.count(answer) > 1}):
            yield f"{', '.join(twice)} stands more than once among the answers"
    everything = (*fact.true, *fact.wrong)
    for one in everything:
        longer = next((other for other in everything if other.startswith(one + " ")), None)
        if longer is not None:
            yield f'"{one}" begins "{longer}", whose probability would count twice'


def names(text: str, answer: str) -> bool:
    """Return whether an answer stands in a text as words of its own.

    Large and small letters are alike, but for symbols of a letter or two: "I" and "in" are words.
    """
    flags = re.IGNORECASE if len(answer) > SYMBOL else 0
    return bool(answer and re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text, flags))


def _fact(entry: dict[str, object]) -> Fact:
    texts = {name: str(entry[name]) for name in TEXTS}
    lists = {name: tuple(str(t) for t in cast("list[object]", entry[name])) for name in LISTS}
    return Fact(**texts, **lists)  # type: ignore[arg-type] # the names decide the types
