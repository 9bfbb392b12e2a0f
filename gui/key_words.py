"""Words that name keys: the user may change a key, and then they name the new one."""

import re
from collections.abc import Callable, Mapping

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from gui.actions import ACTIONS

Put = Callable[[str], object]

_PLACE = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")
_SPECS = {spec.id: spec for spec in ACTIONS}
_in_force: dict[str, tuple[str, ...]] = {spec.id: spec.keys for spec in ACTIONS}
_told: list[tuple[QObject, Put, str]] = []


def with_keys(words: str) -> str:
    """Return words in which `{tree.prompt}` stands for that action's key, or its menu entry."""
    return _PLACE.sub(lambda found: _key_of(found.group(1)), words)


def tell_keys(owner: QObject, put: Put, words: str) -> None:
    """Hand such words to `put`, and again whenever keys change, as long as `owner` is there."""
    _told[:] = [one for one in _told if shiboken6.isValid(one[0])]
    _told.append((owner, put, words))
    put(with_keys(words))


def take_keys(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Say all words anew with the keys that are in force now."""
    if all(_in_force.get(name) == held for name, held in keys.items()):
        return
    _in_force.update(keys)
    for owner, put, words in tuple(_told):
        if shiboken6.isValid(owner):
            put(with_keys(words))


def _key_of(action: str) -> str:
    keys = _in_force.get(action, ())
    if keys:
        return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
    spec = _SPECS[action]
    return f"{spec.menu} → {spec.text.replace('&', '').rstrip('…')}"
