"""The experiments by name."""

from core.known_error import KnownError
from core.lab.belief import BELIEF
from core.lab.compounding import COMPOUNDING
from core.lab.experiment import Experiment
from core.lab.influence import INFLUENCE
from core.lab.preamble import PREAMBLE
from core.lab.recovery import RECOVERY
from core.lab.steps import STEPS

EXPERIMENTS = (INFLUENCE, BELIEF, STEPS, COMPOUNDING, RECOVERY, PREAMBLE)


def find_experiment(name: str) -> Experiment:
    """Return an experiment by its name. Raises `KnownError` when there is none."""
    for experiment in EXPERIMENTS:
        if experiment.name == name:
            return experiment
    names = ", ".join(experiment.name for experiment in EXPERIMENTS)
    raise KnownError(f"There is no experiment {name}: choose one of {names}.")
