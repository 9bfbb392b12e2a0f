"""What the rows of runs say: asked of the lab's process one after the other, and kept."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core.lab_book import Run
from core.workbench import Workbench
from gui.analyst import Ask, run_order
from gui.figure_picture import Curve, Picture
from gui.lab_result import SO_FAR
from gui.lab_words import primary, provisional_words

Json = Mapping[str, Any]


class LabFindings:
    """Knows the outcome of every run that was analysed, and how its first number grew.

    `told` is called when there is something new, `problem_met` with a sentence when an analysis
    failed.
    """

    def __init__(
        self,
        workbench: Workbench,
        ask: Ask,
        *,
        told: Callable[[], None],
        problem_met: Callable[[str], None],
    ) -> None:
        self._workbench = workbench
        self._ask = ask
        self._told = told
        self._problem_met = problem_met
        self._found: dict[int, tuple[int, Json]] = {}  # by run: rows that were analysed, outcome
        self._history: dict[int, list[tuple[int, Json]]] = {}
        self._failed: dict[int, int] = {}
        self._asking: int | None = None

    def forget(self) -> None:
        """Let go of all: another session is here."""
        self._found.clear()
        self._history.clear()
        self._failed.clear()
        self._asking = None

    def known(self, run: Run) -> Json | None:
        """Return what the rows of a run say, as far as it is known."""
        number = run.row.number
        if number in self._found:
            return self._found[number][1]
        if run.row.outcome:
            found: Json = json.loads(run.row.outcome)
            self._found[number] = (len(run.rows), found)
            return found
        return None

    def ask_about(self, run: Run) -> None:
        """Have a run analysed when it has rows that are not in its outcome."""
        if not run.rows or self._asking is not None:
            return
        number, many = run.row.number, len(run.rows)
        self.known(run)
        if self._found.get(number, (0, {}))[0] == many:
            self._keep(run)
            return
        if self._failed.get(number) == many:
            return
        self._asking = number
        order = f'"do": "analyse", {run_order(self._workbench.lab_wish(number))}'
        self._ask(order, partial(self._take, number, many))

    def so_far(self, run: Run) -> Picture | None:
        """Draw how the run's first number grew with its items; None below two of them."""
        told = self._history.get(run.row.number, [])
        if len(told) < 2:
            return None

        def side(name: str) -> tuple[float, ...]:
            return tuple(
                float(one["estimate"] if one[name] is None else one[name]) for _, one in told
            )

        curve = Curve(
            "estimate with its 95 % interval",
            "error",
            tuple(float(one["items"]) for _, one in told),
            side("estimate"),
            side("low"),
            side("high"),
        )
        return Picture(SO_FAR, "items", str(told[-1][1]["name"]), (curve,), zero=True)

    def _take(self, number: int, many: int, answer: Json) -> None:
        if "end" in answer:
            self._asking = None
            self._told()
        elif "problem" in answer:
            self._failed[number] = many
            self._problem_met(str(answer["problem"]))
        elif number in self._workbench.lab_runs:
            self._found[number] = (many, answer["found"])
            finding = primary(answer["found"])
            if finding is not None and finding["estimate"] is not None:
                self._history.setdefault(number, []).append((many, finding))

    def _keep(self, run: Run) -> None:
        """Put the outcome of a run that is not going on into the session."""
        number = run.row.number
        if run.row.outcome or self._workbench.lab_going == number:
            return
        found = self._found[number][1]
        if not run.is_whole:
            held: Json = {"sentence": provisional_words(run, found), "verdicts": ()}
            found = {**found, **held}
        self._workbench.keep_outcome(number, json.dumps(found))
