"""A run as one HTML file that needs nothing else: figures, numbers, method, what was dropped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from core.lab.calibrated import Calibrated
from core.lab.calibration import CALIBRATION
from core.lab.experiment import Experiment, Figure, Finding, Outcome, Row
from core.lab.figure_svg import figure_svg
from core.lab.multiplicity import CONFOUNDED, corrected
from core.lab.number_words import interval_words, number_words
from core.lab.words import words_in

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c2128; background: #fff; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
td, th { text-align: left; padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid #e3e6ea;
         vertical-align: top; }
td.n { font-variant-numeric: tabular-nums; white-space: nowrap; }
.first { font-size: 1.15rem; }
tr.grey td { color: #8b95a1; }
svg { max-width: 100%; height: auto; }
.caption { margin: -0.3rem 0 1.5rem; font-size: 0.85rem; color: #57606a; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; }
dd { margin: 0; }
"""
CITATIONS = {
    "influence": "√JS: Endres & Schindelin 2003. Influence as a power law of distance: Brändel et"
    " al., arXiv 2606.29139.",
    "belief": "Mention against assertion: Niu et al., contextual entrainment, arXiv 2505.09338.",
    "compounding": "The line (1 − e)^n and its four assumptions: LeCun 2023; errors that look"
    " dependent because items differ: Heckman 1981; swaps with fixed margins: Strona et al. 2014;"
    " order of a Markov chain: Anderson & Goodman 1957; several lags at once:"
    " Westfall & Young 1993.",
    "recovery": "The blind spot, and markers of correction: Tsui, arXiv 2507.02778. False"
    " corrections as the main failure: Huang et al., arXiv 2310.01798. Competing risks: Aalen &"
    " Johansen 1978. Intervals of clustered shares: Korn & Graubard 1998; of their difference:"
    " Newcombe 1998.",
    "preamble": "“Factual statement” before an error: Sawtell-Rickson 2025. Truthfulness as a"
    " persona: Joshi et al., arXiv 2310.18168. Degrees of freedom: Satterthwaite 1946.",
    "steps": "Errors in the context raise later errors: Sinha et al., arXiv 2509.09677. Labels of"
    " steps: Dziri et al., arXiv 2305.18654.",
}


def report_html(
    experiment: Experiment, outcome: Outcome, rows: Sequence[Row], run: Mapping[str, object]
) -> str:
    """Write the report; `run` names what the numbers depend on: model, seed, versions."""
    counted = sum(row.counts for row in rows)
    dropped = ", ".join(f"{many} {why}" for why, many in outcome.dropped.items()) or "none"
    verdicts = "".join(
        f"<tr><td>{escape(v.question)}</td><td><b>{escape(v.answer.value)}</b></td>"
        f"<td class=n>{interval_words(v.interval) if v.interval else ''}</td><td>{escape(v.rule)}"
        + (f"; about {v.items_needed} items would decide" if v.items_needed else "")
        + "</td></tr>"
        for v in outcome.verdicts
    )
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>{escape(experiment.name)}: Swerve lab</title><style>{STYLE}</style>",
        f"<h1>{escape(experiment.name.capitalize())}</h1>",
        f"<p>{escape(experiment.purpose.capitalize())}.</p>",
        f"<p class=first>{escape(outcome.sentence)}</p>",
    ]
    if verdicts:
        parts.append(f"<h2>Verdicts</h2><table>{verdicts}</table>")
    parts += [
        figure_svg(figure) + _caption(figure, counted, len(rows) - counted, run)
        for figure in outcome.figures
    ]
    if outcome.findings:
        parts.append(_numbers(outcome.findings))
    parts.append(
        f"<h2>Method</h2><p>{escape(experiment.method)} Probabilities are the raw softmax at T = 1"
        " from exact readings; intervals are over items.</p>"
    )
    parts.append(f"<p>Items that count: {counted}. Dropped: {escape(dropped)}.</p>")
    if names := [f"{row.item} ({row.why_dropped})" for row in rows if not row.counts]:
        parts.append(f"<p>Dropped were: {escape('; '.join(names))}.</p>")
    if outcome.notes:
        notes = "".join(f"<li>{escape(note)}</li>" for note in outcome.notes)
        parts.append(f"<h2>What to keep in mind</h2><ul>{notes}</ul>")
    if used := words_in(_texts(outcome)):
        told = "".join(f"<dt><b>{escape(word)}</b></dt><dd>{escape(m)}</dd>" for word, m in used)
        parts.append(f"<h2>Words</h2><dl>{told}</dl>")
    parts.append(_calibration(experiment.name))
    about = "".join(
        f"<tr><td>{escape(key)}</td><td>{escape(str(value))}</td></tr>"
        for key, value in run.items()
    )
    parts.append(f"<h2>To repeat this run</h2><table>{about}</table>")
    parts.append(f"<p>{escape(CITATIONS.get(experiment.name, ''))}</p></html>")
    return "\n".join(parts) + "\n"


def _caption(figure: Figure, counted: int, dropped: int, run: Mapping[str, object]) -> str:
    """Say under a figure what it rests on: items, model, seed, what its intervals are."""
    told = [f"{counted} items count, {dropped} dropped"]
    if "model" in run:
        sha = str(run.get("model_sha256", ""))[:12]
        told.append(" ".join(f"{run['model']} {run.get('quantization', '')} {sha}".split()))
    told += [f"{name} {run[name]}" for name in ("seed", "chat template") if name in run]
    told.append("T = 1")
    if figure.intervals:
        told.append(f"intervals: {figure.intervals}")
    return f"<p class=caption>{escape('; '.join(told))}.</p>"


def _numbers(findings: Sequence[Finding]) -> str:
    """Write the table of numbers; every p stands corrected for its family as well."""
    lines: list[str] = []
    for f, fixed in zip(findings, corrected(findings), strict=True):
        p = "" if f.p is None else number_words(f.p)
        if fixed is not None:
            p += f" ({number_words(fixed.p)})"
        note = ", " + escape(f.note) if f.note else ""
        lines.append(
            f"<tr{' class=grey' if f.note == CONFOUNDED else ''}><td>{escape(f.name)}</td>"
            f"<td class=n>{interval_words(f.interval)}</td><td class=n>{p}</td>"
            f"<td>{escape(f.interval.kind)}, n = {f.interval.items}{note}</td></tr>"
        )
    head = "<tr><th>what</th><th>estimate (95 %)</th><th>p</th><th>how</th></tr>"
    said = (
        "<p>In brackets: p corrected for how many there are, of primary numbers by Holm (1979), of"
        " all others by Benjamini &amp; Hochberg (1995).</p>"
        if any(f.p is not None for f in findings)
        else ""
    )
    return f"<h2>Numbers</h2><table>{head}{''.join(lines)}</table>{said}"


def _texts(outcome: Outcome) -> Iterator[str]:
    """Yield all that a report says of its own run."""
    yield outcome.sentence
    yield from outcome.notes
    for verdict in outcome.verdicts:
        yield verdict.rule
    for finding in outcome.findings:
        yield from (finding.name, finding.note, finding.interval.kind)
    for figure in outcome.figures:
        yield from (figure.title, figure.x_label, figure.y_label)
        yield from (one.name for one in figure.series)


def _calibration(name: str) -> str:
    """Tell how often what this experiment rests on was right where the truth was known."""
    used = [one for one in CALIBRATION if name in one.used_by]
    lines: dict[tuple[str, str], dict[str, Calibrated]] = {}
    for one in used:
        lines.setdefault((one.name, one.truth), {})[one.part] = one
    if not lines:
        return ""
    body = "".join(
        f"<tr><td>{escape(check)}</td><td>{escape(truth)}</td>"
        + "".join(f"<td class=n>{_share(found.get(part))}</td>" for part in ("standard", "quick"))
        + "</tr>"
        for (check, truth), found in lines.items()
        if found.keys() & {"standard", "quick"}
    )
    return (
        "<h2>On models of known errors</h2><p>What these estimators said in simulations whose truth"
        " is known: the share of simulations, and what it should be. The sizes of a first run are"
        " told as they are.</p><table><tr><th>what</th><th>truth</th><th>standard size</th>"
        f"<th>first run</th></tr>{body}</table>"
    )


def _share(found: Calibrated | None) -> str:
    if found is None:
        return ""
    wanted = "" if found.part == "quick" else f" ({found.least:g} to {found.most:g})"
    return f"{found.share:.3f}{wanted}"
