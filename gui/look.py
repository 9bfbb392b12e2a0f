"""The look in force: a theme, type sizes taken from the system's font, and who wants to know."""

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QGuiApplication

from gui.scales import Scale
from gui.theme import DARK, LIGHT, Theme

FALLBACKS = ("Inter", "Noto Sans", "DejaVu Sans")
ORDINARY = (11.5, 13.5)
"""System font heights (pixels) for which the sizes of the design hold as they are."""


class Size(StrEnum):
    """The four steps of the type scale."""

    SMALL = "small"
    LABEL = "label"
    BODY = "body"
    TOKEN = "token"  # noqa: S105 - a word of the model


PIXELS = {Size.SMALL: 11, Size.LABEL: 12, Size.BODY: 13, Size.TOKEN: 14}


class ThemeChoice(StrEnum):
    """What the user wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Look(QObject):
    """Tells views which colours and fonts to use; `changed` when they must ask again."""

    changed = Signal()

    def __init__(self, choice: ThemeChoice, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self.colouring = Scale.PROBABILITY
        self._system_font = QFont(QGuiApplication.font())
        height = QFontInfo(self._system_font).pixelSize()
        low, high = ORDINARY
        self.scale = 1.0 if low <= height <= high else max(0.75, height / 13)
        self._families = self._find_families()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_changed)

    @property
    def choice(self) -> ThemeChoice:
        """What the user asked for."""
        return self._choice

    @property
    def theme(self) -> Theme:
        """The theme in force."""
        match self._choice:
            case ThemeChoice.LIGHT:
                return LIGHT
            case ThemeChoice.DARK:
                return DARK
            case ThemeChoice.SYSTEM:
                scheme = QGuiApplication.styleHints().colorScheme()
                return DARK if scheme is Qt.ColorScheme.Dark else LIGHT

    def choose(self, choice: ThemeChoice) -> None:
        """Switch to another theme."""
        self._choice = choice
        self.changed.emit()

    def colour_by(self, scale: Scale) -> None:
        """Let the colours of tokens say something else."""
        if scale is not self.colouring:
            self.colouring = scale
            self.changed.emit()

    def pixels(self, size: Size) -> int:
        """Return a type size in pixels, in proportion to the system's font."""
        return round(PIXELS[size] * self.scale)

    def font(self, size: Size, *, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return the interface font with figures of equal width."""
        font = QFont(self._families)
        font.setPixelSize(self.pixels(size))
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def mono(self, size: Size) -> QFont:
        """Return the system's fixed-width font."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(self.pixels(size))
        return font

    def _find_families(self) -> list[str]:
        known = set(QFontDatabase.families())
        wanted = (self._system_font.family(), *FALLBACKS)
        families = [family for family in dict.fromkeys(wanted) if family in known]
        return families or [self._system_font.family()]

    @Slot()
    def _on_system_changed(self) -> None:
        if self._choice is ThemeChoice.SYSTEM:
            self.changed.emit()
