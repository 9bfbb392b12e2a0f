"""What a model writes by itself under preambles: greedy text after the error and after the truth.

Yes or no per fact and condition, so it takes many facts; log-odds see more. The reference is a
neutral preamble, as everywhere in this experiment.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.engine import End
from core.lab.asking import Asker
from core.lab.end_states import OBJECTED, RECOVERED, Answers, EndState, end_of
from core.lab.experiment import Finding, Row
from core.lab.facts import Fact
from core.lab.multiplicity import holm
from core.lab.statistics.cochran import cochran
from core.lab.statistics.intervals import Floats
from core.lab.statistics.shares import clustered_share, mcnemar
from core.tokens import text_of

NEUTRAL = "neutral"
ARMS = ("error", "clean")


def grow_greedily(
    asker: Asker,
    fact: Fact,
    others: tuple[str, ...],
    *,
    starts: Mapping[str, tuple[str, str]],
    length: int,
) -> dict[str, str]:
    """Return the end state of greedy text under each condition of `starts`, in both arms.

    A condition is what stands before the lead-in and behind the statement: the latter is a marker
    where it is not empty. `others` are the wrong answers beside the error.
    """
    said = {"error": fact.wrong[0], "clean": fact.true[0]}
    asked = [(arm, name) for arm in ARMS for name in starts]
    paths = [
        asker.opening(
            f"{starts[name][0]} {fact.lead_in} {fact.stem} {said[arm]}.{starts[name][1]}".lstrip()
        )
        for arm, name in asked
    ]
    answers = Answers(fact.true, fact.wrong[0], others)
    states: dict[str, str] = {}
    for (arm, name), (tokens, end) in zip(
        asked, asker.grow([(path, None) for path in paths], length), strict=True
    ):
        text = text_of([token for token in tokens if not token.special])
        found = end_of(text, answers, marked=bool(starts[name][1]), ended=end is End.END_OF_TEXT)
        states[_key(arm, name)] = found.state.value
    return states


def greedy_findings(
    rows: Sequence[Row], conditions: Sequence[str]
) -> tuple[list[Finding], tuple[str, ...]]:
    """Tell greedy recoveries under each condition, against the neutral one; nothing if not grown.

    Beside each stands how often the truth was "corrected" under the same condition.
    """
    if not all(_key("error", NEUTRAL) in row.values for row in rows):
        return [], ()
    came = {name: _among(rows, _key("error", name), RECOVERED) for name in conditions}
    false = {name: _among(rows, _key("clean", name), OBJECTED) for name in conditions}
    tested = [name for name in conditions if name != NEUTRAL]
    ps = [mcnemar(came[name], came[NEUTRAL]) for name in tested]
    fixed = dict(zip(tested, zip(ps, holm(np.array(ps, np.float64)), strict=True), strict=True))
    findings: list[Finding] = []
    for name in conditions:
        p, told = fixed.get(name, (None, 0.0))
        against = "" if p is None else f"; McNemar against {NEUTRAL}, by Holm p = {told:.2g}"
        note = f"exploratory{against}; the truth “corrected” in {int(false[name].sum())}"
        share = clustered_share(came[name][:, None])
        findings.append(Finding(f"greedy recovery after the error, {name}", share, p, note))
    q, p = cochran(np.column_stack(list(came.values())))
    notes = (
        (
            f"Greedy text after the error came back to the truth as often under all"
            f" {len(conditions)} conditions with p = {p:.2g} (Cochran's Q = {q:.2f}); one wording"
            " of each. Yes or no per fact: 85 facts see 20 % against 5 %, so nothing seen here is"
            " no equality."
        ),
    )
    return findings, notes


def _key(arm: str, name: str) -> str:
    return f"{arm}, greedy, {name}"


def _among(rows: Sequence[Row], key: str, states: frozenset[EndState]) -> Floats:
    return np.array([EndState(str(row.values[key])) in states for row in rows], np.float64)
