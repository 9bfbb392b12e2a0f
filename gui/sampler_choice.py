"""The sampler that the user draws with, shared by all who show it or use it; own presets kept."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from core.presets import PRESETS, presets_from_json, presets_to_json, told
from core.sampling import GREEDY, Sampler
from gui.preferences import Preferences

OWN = "own"
"""What settings are called that belong to no preset."""


class SamplerChoice(QObject):
    """Greedy at first. `changed` when another sampler is chosen, or other presets are there."""

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._sampler = GREEDY
        self._own = presets_from_json(preferences.samplers)

    @property
    def sampler(self) -> Sampler:
        """The settings in force."""
        return self._sampler

    @property
    def presets(self) -> Mapping[str, Sampler]:
        """All presets by name: those that ship, then the user's own."""
        return {**PRESETS, **{n: s for n, s in self._own.items() if n not in PRESETS}}

    @property
    def name(self) -> str:
        """The preset that the settings are, or `OWN`."""
        return next((n for n, s in self.presets.items() if s == self._sampler), OWN)

    @property
    def words(self) -> str:
        """The settings in a few words."""
        return told(self._sampler)

    def choose(self, sampler: Sampler) -> None:
        """Draw with these settings from now on."""
        if sampler != self._sampler:
            self._sampler = sampler
            self.changed.emit()

    def is_own(self, name: str) -> bool:
        """Return whether the user made this preset."""
        return name in self._own

    def keep(self, name: str) -> str | None:
        """Keep the settings as a preset; return what stands in the way, if anything."""
        name = " ".join(name.split())
        if not name:
            return "A preset needs a name."
        if name in PRESETS or name == OWN:
            return f"“{name}” is taken: choose another name."
        self._own[name] = self._sampler
        self._store()
        return None

    def forget(self, name: str) -> None:
        """Remove one of the user's own presets; the settings stay."""
        if self._own.pop(name, None) is not None:
            self._store()

    def _store(self) -> None:
        self._preferences.samplers = presets_to_json(self._own)
        self.changed.emit()
