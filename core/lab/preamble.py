"""Whether a preamble makes a model stricter after an error than it makes it after the truth.

Six factual wordings against six neutral ones of about the same length. The claim is the
interaction: a preamble that lowers an error's standing on clean branches too is only contrarian.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from core.lab.asking import Asker
from core.lab.experiment import (
    Experiment,
    Figure,
    Finding,
    Outcome,
    Row,
    Series,
    Settings,
    Shape,
    Values,
    dropped_reasons,
    signed,
)
from core.lab.facts import Fact
from core.lab.known_facts import (
    FILLER,
    branch_texts,
    fact_tasks,
    inserted_weights,
    knows_or_drop,
    log_odds,
    shuffled,
    too_few_known,
)
from core.lab.log_odds_floor import held_to_floor, log_odds_floors
from core.lab.preamble_greedy import NEUTRAL as NEUTRAL_CONDITION
from core.lab.preamble_greedy import greedy_findings, grow_greedily
from core.lab.statistics.crossed import crossed_interval, relabel
from core.lab.statistics.intervals import Floats, Interval, t_interval
from core.lab.statistics.verdicts import ABOVE, BELOW, needed
from core.lab_plans import Extent

FACTUAL = (
    "The following is a factual statement.",
    "Everything in this text is true.",
    "This passage has been checked for errors.",
    "The following lines contain only facts.",
    "This was written by a careful expert.",
    "What follows is correct and reliable.",
)
NEUTRAL = (
    "The following is a single statement.",
    "Everything in this text is printed.",
    "This passage has been set in plain type.",
    "The following lines contain only words.",
    "This was written by a quiet neighbour.",
    "What follows is brief and legible.",
)
SHOWN = {
    "none": "",
    "fiction": "The following is a made-up story.",
    "find the mistake": "Find the mistake in the following text.",
}
"""One wording each: an anecdote, shown and not tested."""

ARMS = ("base", "mention", "clean", "error")
PROBE = 1
"""The second probe: the first begins with “In fact”, itself a cue of correction."""

WAIT = " Wait."
AROUND = (FILLER, *FACTUAL, *NEUTRAL, *SHOWN.values(), WAIT)


GREEDY = {
    NEUTRAL_CONDITION: (NEUTRAL[0], ""),
    "factual": (FACTUAL[0], ""),
    **{name: (wording, "") for name, wording in SHOWN.items()},
    "Wait after a neutral one": (NEUTRAL[0], WAIT),
}
"""Under what greedy text is grown: what stands before, and what behind the statement."""

FIRST_RUN = Extent(24)
"""Tokens of greedy text where a run does not say how many."""


def _measure(asker: Asker, fact: Fact, rivals: tuple[str, ...], *, settings: Settings) -> Values:
    known = knows_or_drop(asker, fact, rivals)
    texts = branch_texts(fact)
    fork = asker.opening(f"{fact.lead_in} {fact.stem}")
    probe = "\n" + fact.probes[PROBE]
    opened = [f"{wording} " for wording in (*FACTUAL, *NEUTRAL)]
    asked = [asker.opening(start + texts[arm] + probe) for arm in ARMS for start in opened]
    shown = [f"{wording} ".lstrip() for wording in SHOWN.values()]
    asked += [asker.opening(start + texts[arm] + probe) for arm in ARMS[2:] for start in shown]
    asked += [asker.opening(f"{NEUTRAL[0]} {texts[arm]}{WAIT}{probe}") for arm in ARMS[2:]]
    asked += [asker.opening(f"{start}{fact.lead_in} {fact.stem}") for start in opened] + [fork]
    scores = log_odds(asker, fact, asked)
    odds = scores[:, 0] - scores[:, 1]
    many = len(ARMS) * len(opened)
    found = odds[:many].reshape(len(ARMS), 2, len(FACTUAL))
    values: dict[str, float | list[float] | str] = {
        "probes known": known,
        **inserted_weights(asker, fact, fork),
    }
    for arm, (factual, neutral) in zip(ARMS, found, strict=True):
        values[f"{arm}, factual"] = factual.tolist()
        values[f"{arm}, neutral"] = neutral.tolist()
    names = [*SHOWN, "Wait after a neutral one"]
    beside = odds[many : many + 2 * len(names)]
    for number, arm in enumerate(ARMS[2:]):
        plain = beside[number * len(SHOWN) : (number + 1) * len(SHOWN)]
        for name, value in zip(names, [*plain, beside[2 * len(SHOWN) + number]], strict=True):
            values[f"{arm}, {name}"] = float(value)
    at_fork = scores[many + 2 * len(names) :, 0]
    values["ln P(truth) at the fork, factual"] = at_fork[: len(FACTUAL)].tolist()
    values["ln P(truth) at the fork, neutral"] = at_fork[len(FACTUAL) : -1].tolist()
    values["ln P(truth) at the fork, none"] = float(at_fork[-1])
    length = (settings.extent or FIRST_RUN).length
    others = (*fact.wrong[1:], *rivals)
    return {**values, **grow_greedily(asker, fact, others, starts=GREEDY, length=length)}


def _floors(asker: Asker, settings: Settings) -> Values:
    fact = shuffled(settings.facts, settings.seed)[0]
    texts = branch_texts(fact)
    probe = fact.probes[PROBE]
    return log_odds_floors(asker, [f"{NEUTRAL[0]} {texts[arm]}\n{probe}" for arm in ARMS])


def _table(rows: Sequence[Row], name: str) -> Floats:
    """Return one value per fact and wording, shape (facts, wordings)."""
    return np.array([row.values[name] for row in rows], np.float64)


def _analyse(rows: Sequence[Row], _: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    if (nothing := too_few_known(rows)) is not None:
        return nothing
    dropped = dropped_reasons(rows)
    pairs = {
        arm: (_table(used, f"{arm}, factual"), _table(used, f"{arm}, neutral")) for arm in ARMS
    }
    strict = tuple(one - other for one, other in zip(pairs["error"], pairs["clean"], strict=True))
    interaction = crossed_interval(strict[0], strict[1])
    p = relabel(strict[0], strict[1])
    findings = [
        Finding(
            "interaction: factual − neutral, error less clean, log-odds", interaction, p, "primary"
        ),
        *(
            Finding(
                f"factual − neutral, {arm}, log-odds",
                crossed_interval(*pairs[arm]),
                relabel(*pairs[arm]),
                "exploratory",
            )
            for arm in ARMS
        ),
        Finding(
            "factual − neutral, ln P(truth) at the fork",
            crossed_interval(
                _table(used, "ln P(truth) at the fork, factual"),
                _table(used, "ln P(truth) at the fork, neutral"),
            ),
            note="exploratory",
        ),
        *_shown(used),
    ]
    greedy, told = greedy_findings(used, list(GREEDY))
    findings += greedy
    outside = interaction.low > 0 or interaction.high < 0
    items = needed(interaction, (BELOW, ABOVE))
    ending = (
        "more than on clean branches"
        if interaction.low > 0
        else "less than on clean branches"
        if interaction.high < 0
        else "undecided"
    )
    sentence = (
        "A factual preamble in place of a neutral one moved the log-odds of the truth after the"
        f" error by {signed(interaction.estimate, 2)} nats beyond what it did after the truth (95 %"
        f" interval {signed(interaction.low, 2)} to {signed(interaction.high, 2)} over"
        f" {len(used)} known facts and {len(FACTUAL)} + {len(NEUTRAL)} wordings): {ending}."
    )
    spread = {
        name: float(table.mean(axis=0).std(ddof=1))
        for name, table in zip(("factual", "neutral"), pairs["error"], strict=True)
    }
    effect = float(pairs["error"][0].mean() - pairs["error"][1].mean())
    notes = [
        (
            f"After the error wordings of one kind differ by {spread['factual']:.2f} (factual) and"
            f" {spread['neutral']:.2f} (neutral) nats of log-odds (standard deviation), where the"
            f" kinds differ by {signed(effect, 2)}: one wording is an anecdote."
        ),
        (
            "The reference is a neutral preamble of about the same length, never none. p exchanges"
            " the labels of the twelve wordings (924 ways), so that the wordings' spread counts."
        ),
        "Asked by the second probe of each fact alone: the first one's “In fact” is itself a cue.",
    ]
    if not outside and items is not None:
        notes.append(
            f"An effect of this size would be told from 0 with about {items} facts, if the facts"
            " are what makes the interval wide; where the wordings do, it takes more wordings."
        )
    notes += told
    figures = (_slopes(pairs), _wordings(pairs))
    return Outcome(sentence, (), tuple(findings), figures, tuple(notes), dropped)


def _shown(rows: Sequence[Row]) -> list[Finding]:
    """Tell the conditions of one wording, against the neutral ones; no p: they are anecdotes."""
    found: list[Finding] = []
    for name in (*SHOWN, "Wait after a neutral one"):
        change = [
            _table(rows, f"{arm}, {name}") - _table(rows, f"{arm}, neutral").mean(axis=1)
            for arm in ("error", "clean")
        ]
        note = "one wording: shown, not tested"
        found.append(
            Finding(
                f"{name} − neutral, error less clean, log-odds",
                t_interval(change[0] - change[1]),
                None,
                note,
            )
        )
    return found


def _slopes(pairs: dict[str, tuple[Floats, Floats]]) -> Figure:
    series = [
        Series(f"{arm}, each fact", arm, [0.0, 1.0], ends, shape=Shape.THREAD)
        for arm in ("error", "clean")
        for ends in np.stack([t.mean(axis=1) for t in reversed(pairs[arm])], axis=1).tolist()
    ]
    for arm in ARMS:
        ends: list[Interval] = [t_interval(table.mean(axis=1)) for table in reversed(pairs[arm])]
        series.append(
            Series(
                arm,
                arm,
                [0.0, 1.0],
                [one.estimate for one in ends],
                [one.low for one in ends],
                [one.high for one in ends],
            )
        )
    return Figure(
        "Neutral against factual preambles",
        "0: neutral preambles, 1: factual ones",
        "ln P(truth) − ln P(error), nats",
        tuple(series),
    )


def _wordings(pairs: dict[str, tuple[Floats, Floats]]) -> Figure:
    x = [float(n) for n in range(1, len(FACTUAL) + 1)]
    series = [
        Series(f"{arm}, {kind}", role, x, np.sort(pairs[arm][place].mean(axis=0)).tolist())
        for arm, place, kind, role in (
            ("error", 0, "factual", "error"),
            ("error", 1, "neutral", "placebo"),
            ("clean", 0, "factual", "clean"),
            ("clean", 1, "neutral", "base"),
        )
    ]
    return Figure(
        "The wordings, each kind sorted",
        "wording, from the lowest to the highest",
        "ln P(truth) − ln P(error), nats",
        tuple(series),
    )


PREAMBLE = Experiment(
    name="preamble",
    purpose="whether announcing facts makes a model stricter with an error than with the truth",
    method=f"Facts that the model knows. {len(FACTUAL)} factual wordings against {len(NEUTRAL)}"
    " neutral ones of about the same length before the lead-in; branches base, mention, clean and"
    " error; log-odds of truth against error under one completion probe. The interaction is"
    " (error, factual − neutral) less the same on clean branches; its interval is over facts and"
    " wordings, both taken as drawn at random. Besides, greedy text (24 tokens in a first run, 40"
    " at standard size) under one wording of each condition, after the error and after the truth.",
    quick=16,
    tasks=lambda settings: fact_tasks(settings, partial(_measure, settings=settings), AROUND),
    analyse=lambda rows, settings: held_to_floor(_analyse(rows, settings), rows),
    floors=_floors,
)
