"""What the window remembers between runs: theme, recent files, sizes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QByteArray, QSettings

from gui.look import ThemeChoice
from gui.places import is_there

RECENT = 8


class Preferences:
    """A thin layer over an INI file that the composition root names."""

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeChoice:
        """The theme that the user chose."""
        stored = str(self._settings.value("theme", ThemeChoice.SYSTEM.value))
        return ThemeChoice(stored) if stored in set(ThemeChoice) else ThemeChoice.SYSTEM

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._settings.setValue("theme", choice.value)

    def choice(self, name: str, otherwise: str) -> str:
        """Return a stored choice of how things are shown."""
        return str(self._settings.value(f"choice/{name}", otherwise))

    def set_choice(self, name: str, value: str) -> None:
        """Store a choice."""
        self._settings.setValue(f"choice/{name}", value)

    @property
    def recent(self) -> list[Path]:
        """Session files that were open before, newest first, those that still exist."""
        return [path for path in self._named("recent") if is_there(path)]

    def remember(self, path: Path) -> None:
        """Put a session file first among the recent ones."""
        others = [str(one) for one in self.recent if one != path]
        self._settings.setValue("recent", [str(path), *others][:RECENT])

    @property
    def left_open(self) -> list[Path]:
        """Session files that were open when Swerve was left; they may lie on a place that hangs."""
        return self._named("left_open")

    @left_open.setter
    def left_open(self, paths: Sequence[Path]) -> None:
        self._settings.setValue("left_open", [str(path) for path in paths])

    def keep_places(self, places: Mapping[Path, QByteArray]) -> None:
        """Store where the windows of these sessions stood, and forget all others."""
        self._settings.setValue("left_places", {str(path): at for path, at in places.items()})

    def place_of(self, path: Path) -> QByteArray | None:
        """Return where the window of a session stood when Swerve was left."""
        stored: Any = self._settings.value("left_places", {})
        places = cast("dict[str, object]", stored) if isinstance(stored, dict) else {}
        place = places.get(str(path))
        return place if isinstance(place, QByteArray) else None

    @property
    def knows_story(self) -> bool:
        """Whether the first story was told."""
        return str(self._settings.value("knows_story", "")) == "yes"

    @knows_story.setter
    def knows_story(self, knows: bool) -> None:
        self._settings.setValue("knows_story", "yes" if knows else "")

    @property
    def knows_first_steps(self) -> bool:
        """Whether the user has dismissed the first steps."""
        return str(self._settings.value("knows_first_steps", "")) == "yes"

    @knows_first_steps.setter
    def knows_first_steps(self, knows: bool) -> None:
        self._settings.setValue("knows_first_steps", "yes" if knows else "")

    @property
    def keys(self) -> str:
        """The keys that the user gave to actions, as JSON; empty when they are as they ship."""
        return str(self._settings.value("keys", ""))

    @keys.setter
    def keys(self, keys: str) -> None:
        self._settings.setValue("keys", keys)

    @property
    def samplers(self) -> str:
        """The user's own presets of the sampler, as JSON."""
        return str(self._settings.value("samplers", ""))

    @samplers.setter
    def samplers(self, presets: str) -> None:
        self._settings.setValue("samplers", presets)

    def layout(self, name: str) -> QByteArray | None:
        """Return a stored geometry or state."""
        stored = self._settings.value(f"layout/{name}")
        return stored if isinstance(stored, QByteArray) else None

    def set_layout(self, name: str, state: QByteArray) -> None:
        """Store a geometry or state."""
        self._settings.setValue(f"layout/{name}", state)

    def edge(self, panel: str) -> str:
        """Return the edge of the tree at which a panel stands; empty: where it stands at first."""
        return str(self._settings.value(f"edge/{panel}", ""))

    def set_edge(self, panel: str, edge: str) -> None:
        """Store the edge at which a panel stands."""
        self._settings.setValue(f"edge/{panel}", edge)

    def _named(self, name: str) -> list[Path]:
        """Return stored files, whether they are there or not."""
        stored: Any = self._settings.value(name, [])  # one name comes back as a bare string
        names: list[str] = [stored] if isinstance(stored, str) else list(stored or [])
        return [Path(name) for name in names]
