"""What is made of continuations and their end states: recovery against false correction."""

from collections.abc import Sequence

import numpy as np

from core.lab.end_states import OBJECTED, RECOVERED, EndState
from core.lab.experiment import (
    Finding,
    Outcome,
    Row,
    Settings,
    dropped_reasons,
    percent,
)
from core.lab.known_facts import too_few_known
from core.lab.recovery_ends import ARMS, FIRST_RUN, WAIT, WORDS, Ends, twin
from core.lab.recovery_figures import arms_figure, causes_figure, sensitivity_figure
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.shares import (
    clustered_share,
    mcnemar,
    sensitivity,
    share_difference,
    share_ratio,
)
from core.lab.statistics.verdicts import absorption


def analyse_recovery(rows: Sequence[Row], settings: Settings) -> Outcome:
    """Tell rates, their controls, times and the blind spot."""
    used = [row for row in rows if row.counts]
    if (nothing := too_few_known(rows)) is not None:
        return nothing
    dropped = dropped_reasons(rows)
    length = (settings.extent or FIRST_RUN).length
    arms = [arm for arm in ARMS if f"{arm} states" in used[0].values]
    ends = {name: Ends(used, name) for arm in arms for name in (arm, twin(arm))}
    recovered = {arm: ends[arm].among(RECOVERED) for arm in arms}
    objected = {arm: ends[twin(arm)].among(OBJECTED) for arm in arms}
    findings: list[Finding] = []
    main: dict[str, Interval] = {}
    for arm in arms:
        sampled, mistaken = recovered[arm][:, 1:], objected[arm][:, 1:]
        main[arm] = share_difference(sampled, mistaken)
        per_item = sampled.mean(axis=1) - mistaken.mean(axis=1)
        explicit = ends[arm].among(frozenset({EndState.EXPLICIT}))[:, 1:]
        where = f"error in {WORDS[arm]}"
        findings += [
            Finding(
                f"recovery − false correction, {where}",
                main[arm],
                sign_flip(per_item, seed=settings.seed),
                "primary" if arm == "own" else "exploratory",
            ),
            Finding(f"recovery (explicit or silent), {where}", clustered_share(sampled)),
            Finding(
                f"false correction where the truth stood, {WORDS[arm]}", clustered_share(mistaken)
            ),
            Finding(
                f"explicit recovery − false correction, {where}",
                share_difference(explicit, mistaken),
            ),
            Finding(
                f"recovery, greedy, {where}",
                clustered_share(recovered[arm][:, :1]),
                mcnemar(recovered[arm][:, 0], objected[arm][:, 0]),
                "p: McNemar against false correction",
            ),
        ]
        if explicit.any() or mistaken.any():
            found = sensitivity(explicit, mistaken)
            findings.append(Finding(f"d' of explicit recovery, {where}", found))
    verdict = absorption(main["own"])
    notes = (*_blind_spot(recovered, arms), *_remarks(used, arms, ends, length))
    if WAIT in arms:
        findings.append(_sooner(ends, settings.seed, length))
    own = clustered_share(recovered["own"][:, 1:])
    false = clustered_share(objected["own"][:, 1:])
    sentence = (
        f"After an error in its own turn the truth came back within {length} tokens in"
        f" {percent(own.estimate)} of the continuations (95 % interval {percent(own.low)} to"
        f" {percent(own.high)}, {len(used)} known facts); where the truth had been said,"
        f" {percent(false.estimate)} were “corrected” (at most {percent(false.high)}):"
        f" {verdict.answer.lower()}."
    )
    figures = (
        causes_figure(ends["own"], length),
        arms_figure(ends, arms, length),
        sensitivity_figure(ends, arms),
    )
    return Outcome(sentence, (verdict,), tuple(findings), figures, notes, dropped)


def _blind_spot(recovered: dict[str, Floats], arms: Sequence[str]) -> tuple[str, ...]:
    """Tell what share of the user's-turn recoveries is missing elsewhere, where there are some."""
    if "user" not in arms:
        return (
            "The model has no chat template: there is no user's turn, and no blind spot to tell.",
        )
    user = recovered["user"][:, 1:]
    if clustered_share(user).low <= 0:
        return ("In the user's turn nothing was recovered either: there is no blind spot to tell.",)
    told: list[str] = []
    for arm in ("own", WAIT):
        kept = share_ratio(recovered[arm][:, 1:], user)
        told.append(
            f"{percent(1 - kept.estimate)} (95 % interval {percent(1 - kept.high)} to"
            f" {percent(1 - kept.low)}) in {WORDS[arm]}"
        )
    return (
        (
            "Blind spot, the share of the user's-turn recoveries that is missing when the same"
            f" error stands elsewhere: {told[0]}; {told[1]}."
        ),
    )


def _remarks(
    rows: Sequence[Row], arms: Sequence[str], ends: dict[str, Ends], length: int
) -> tuple[str, ...]:
    same = float(
        np.mean(
            [
                one == other
                for row in rows
                for one, other in zip(_texts(row, "own"), _texts(row, twin("own")), strict=True)
            ]
        )
    )
    counts = "; ".join(
        f"{WORDS[arm]}: "
        + ", ".join(
            f"{int((ends[arm].states == state.value).sum())} {state.value}"
            for state in EndState
            if (ends[arm].states == state.value).any()
        )
        for arm in arms
    )
    return (
        f"End states of all continuations: {counts}.",
        (
            f"With the same noise {percent(same)} of the continuations after the error and after"
            " the truth are the same word for word: there the error changed nothing that was"
            " written."
        ),
        (
            "A silent recovery may be a truth named in passing, and false correction has no silent"
            " kind: explicit recovery less false correction holds like against like."
        ),
        (
            "States are read by rules, not by meaning: markers at the beginning of a sentence,"
            " answers by whole words, five words back for a denial, quotations left out. The rate"
            " on clean twins is what the rules see where there is nothing to correct."
        ),
        (
            f"A recovery later than {length} tokens is not seen, and rates of other lengths must"
            " not be held against these. A model that ends at once is counted as ended, not left"
            " out."
        ),
    )


def _texts(row: Row, arm: str) -> list[str]:
    texts = row.values[f"{arm} texts"]
    assert isinstance(texts, list)
    return [str(text) for text in texts]


def _sooner(ends: dict[str, Ends], seed: int, length: int) -> Finding:
    """Compare the share of the window spent recovered, own turn against “Wait,”, within items."""

    def spent(arm: str) -> Floats:
        left = np.where(ends[arm].among(RECOVERED) == 1, length - ends[arm].times, 0.0)
        mean: Floats = left[:, 1:].mean(axis=1)
        return mean

    gain = spent(WAIT) - spent("own")
    return Finding(
        "tokens recovered sooner with “Wait,” (restricted mean)",
        mean_interval(gain, seed=seed),
        sign_flip(gain, seed=seed),
        "exploratory",
    )
