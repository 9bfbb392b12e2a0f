"""The keys that the user gave to actions, over those that ship; kept in the preferences."""

import json
from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtGui import QAction, QKeySequence

from gui.actions import ACTIONS
from gui.key_words import take_keys
from gui.preferences import Preferences

Keys = tuple[str, ...]
SHIPPED: Mapping[str, Keys] = {spec.id: spec.keys for spec in ACTIONS}


class KeyBook:
    """Knows the keys of every action by id, in Qt's portable words, and puts them in force."""

    def __init__(self, preferences: Preferences, actions: Mapping[str, QAction]) -> None:
        self._preferences = preferences
        self._actions = actions
        self._applied = ""
        self.apply()
        self._tell()

    def keys(self, action: str) -> Keys:
        """Return the keys of an action, the first one being shown in menus."""
        return self._own().get(action, SHIPPED.get(action, ()))

    def is_own(self, action: str) -> bool:
        """Return whether the user changed the keys of an action."""
        return action in self._own()

    def holder(self, key: str, *, but: str) -> str | None:
        """Return another action that has this key, if any."""
        wanted = portable(key)
        return next(
            (
                each
                for each in self._actions
                if each != but and wanted in {portable(one) for one in self.keys(each)}
            ),
            None,
        )

    def give(self, action: str, keys: Keys) -> None:
        """Give an action these keys alone; who had one of them loses it."""
        own = self._own()
        given = {portable(key) for key in keys}
        for other in self._actions:
            left = tuple(key for key in self.keys(other) if portable(key) not in given)
            if other != action and left != self.keys(other):
                own[other] = left
        own[action] = tuple(portable(key) for key in keys)
        self._store(own)

    def reset(self, action: str) -> None:
        """Give an action the keys that ship, if nobody else has them by now."""
        own = self._own()
        own.pop(action, None)
        self._store(own)
        for key in SHIPPED.get(action, ()):
            holder = self.holder(key, but=action)
            if holder is not None and self.is_own(holder):
                self.give(action, SHIPPED[action])

    def reset_all(self) -> None:
        """Give every action the keys that ship."""
        self._store({})

    def apply(self) -> None:
        """Put the keys in force that are kept now: another window may have changed them."""
        stored = self._preferences.keys
        if stored == self._applied and stored == "":
            return
        self._applied = stored
        for name, action in self._actions.items():
            action.setShortcuts([QKeySequence(key) for key in self.keys(name)])
        self._tell()

    def _tell(self) -> None:
        """Let tool tips and hints name the keys that are in force."""
        take_keys({name: self.keys(name) for name in self._actions})

    def _own(self) -> dict[str, Keys]:
        try:
            told: Any = json.loads(self._preferences.keys or "{}")
        except ValueError:
            return {}
        rows = cast("dict[str, Any]", told if isinstance(told, dict) else {})
        return {
            name: tuple(str(key) for key in cast("list[object]", keys))
            for name, keys in rows.items()
            if name in SHIPPED and isinstance(keys, list)
        }

    def _store(self, own: Mapping[str, Keys]) -> None:
        changed = {name: list(keys) for name, keys in own.items() if keys != SHIPPED.get(name)}
        self._preferences.keys = json.dumps(changed) if changed else ""
        self._applied = "?"
        self.apply()


def portable(key: str) -> str:
    """Return a key as it is written in the preferences, whatever the system calls it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def native(key: str) -> str:
    """Return a key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
