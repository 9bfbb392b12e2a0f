"""p-values corrected for how many there are: Holm among primary numbers, FDR among all others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control

from core.lab.experiment import Finding

PRIMARY = "primary"
"""How the note of a number begins that the run was made for; all others are explored."""

CONFOUNDED = "confounded, display only"
"""The note of a number whose p tests nothing: it is shown, and in no family."""

HOLM, FDR = "Holm", "Benjamini-Hochberg"


@dataclass(frozen=True, slots=True)
class Corrected:
    """A p after correction, and the method."""

    p: float
    method: str


def corrected(findings: Sequence[Finding]) -> tuple[Corrected | None, ...]:
    """Return the corrected p of each finding, None where nothing was tested.

    Holm (1979) holds the chance of any false primary number, Benjamini & Hochberg (1995) the share
    of false ones among those explored that are called real.
    """
    found: list[Corrected | None] = [None] * len(findings)
    for method, places in (
        (HOLM, [place for place, one in enumerate(findings) if _tests(one) and is_primary(one)]),
        (FDR, [place for place, one in enumerate(findings) if _tests(one) and not is_primary(one)]),
    ):
        ps = np.array([findings[place].p for place in places], np.float64)
        fixed = holm(ps) if method == HOLM else false_discovery_control(ps) if places else ps
        for place, p in zip(places, fixed, strict=True):
            found[place] = Corrected(float(p), method)
    return tuple(found)


def is_primary(finding: Finding) -> bool:
    """Whether a run was made for this number."""
    return finding.note.startswith(PRIMARY)


def holm(ps: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    """Return p-values stepped down (Holm 1979), in the order given."""
    order = np.argsort(ps)
    grown = np.maximum.accumulate(ps[order] * np.arange(len(ps), 0, -1))
    found = np.empty(len(ps))
    found[order] = np.minimum(grown, 1.0)
    return [float(p) for p in found]


def _tests(finding: Finding) -> bool:
    return finding.p is not None and math.isfinite(finding.p) and finding.note != CONFOUNDED
