"""Samplers with names, and how a sampler is told in a few words."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from core.sampling import FREE, GREEDY, Sampler

PRESETS: Mapping[str, Sampler] = {
    "greedy": GREEDY,
    "plain": FREE,
    "focused": Sampler(temperature=0.7, top_p=0.9),
    "llama.cpp": Sampler(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05),
    "creative": Sampler(temperature=1.2, min_p=0.05),
    "typical": Sampler(temperature=1.0, typical_p=0.9),
}
"""What ships; `llama.cpp` holds the defaults of its command line, without penalties."""


def told(sampler: Sampler) -> str:
    """Return the settings that do something, in the order in which they are applied."""
    if takes_likeliest(sampler):
        return "always the likeliest token"
    last = "then the likeliest" if sampler.is_greedy else f"T {sampler.temperature:g}"
    return " · ".join([*_penalties(sampler), *([] if sampler.is_greedy else _cuts(sampler)), last])


def _penalties(sampler: Sampler) -> list[str]:
    off = Sampler()
    parts = [
        f"{name} {getattr(sampler, f'{name}_penalty'):g}"
        for name in ("repeat", "frequency", "presence")
        if getattr(sampler, f"{name}_penalty") != getattr(off, f"{name}_penalty")
    ]
    return [*parts[:-1], f"{parts[-1]} over {sampler.penalty_window} tokens"] if parts else []


def _cuts(sampler: Sampler) -> list[str]:
    off = Sampler()
    return [
        f"{name.replace('_', '-')} {getattr(sampler, name):g}"
        for name in ("top_k", "typical_p", "top_p", "min_p")
        if getattr(sampler, name) != getattr(off, name)
    ]


def changes_p(sampler: Sampler) -> bool:
    """Return whether the sampler's own p differs from the raw one, beyond taking the likeliest."""
    return sampler != FREE and not takes_likeliest(sampler)


def takes_likeliest(sampler: Sampler) -> bool:
    """Return whether the raw likeliest token is always taken: then no cut changes anything."""
    return sampler.is_greedy and not sampler.has_penalties


def presets_to_json(presets: Mapping[str, Sampler]) -> str:
    """Write the user's own presets."""
    return json.dumps({name: asdict(sampler) for name, sampler in presets.items()})


def presets_from_json(text: str) -> dict[str, Sampler]:
    """Read presets; what cannot be read is left out."""
    known = asdict(Sampler())
    try:
        told: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    rows = cast("dict[str, Any]", told if isinstance(told, dict) else {})
    found: dict[str, Sampler] = {}
    for name, row in rows.items():
        settings = cast("dict[str, Any]", row if isinstance(row, dict) else {"": None})
        if all(name in known and _is_of(known[name], one) for name, one in settings.items()):
            found[name] = Sampler(**settings)
    return found


def _is_of(usual: object, value: object) -> bool:
    """Return whether a setting may have this value: one of the usual one's kind, or whole."""
    if isinstance(value, float):
        return isinstance(usual, float) and math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)
