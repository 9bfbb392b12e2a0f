"""Turns a theme into Qt's palette and style sheet."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from gui.look import Look, Size
from gui.resources import asset
from gui.theme import Theme, blend

R = QPalette.ColorRole


def wear(look: Look) -> None:
    """Let the whole program look like this."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setFont(look.font(Size.BODY))
    app.setPalette(palette(look.theme))
    sheet = style_sheet(look)
    if app.styleSheet() != sheet:  # setting it makes Qt polish every widget again
        app.setStyleSheet("")  # to replace one by another takes Qt four times as long
        app.setStyleSheet(sheet)


def palette(theme: Theme) -> QPalette:
    """Return the palette of a theme."""
    colours = QPalette()
    roles = {
        R.Window: theme.window,
        R.WindowText: theme.ink,
        R.Base: theme.panel,
        R.AlternateBase: theme.field,
        R.Text: theme.ink,
        R.Button: theme.panel,
        R.ButtonText: theme.ink,
        R.Highlight: theme.accent,
        R.HighlightedText: theme.on_accent,
        R.ToolTipBase: theme.panel,
        R.ToolTipText: theme.ink,
        R.PlaceholderText: theme.muted,
        R.Link: theme.accent,
        R.Mid: theme.hairline,
        R.Accent: theme.accent,
    }
    for role, colour in roles.items():
        colours.setColor(role, QColor(colour))
    for role in (R.Text, R.WindowText, R.ButtonText):
        disabled = QColor(blend(theme.muted, theme.panel, 0.35))
        colours.setColor(QPalette.ColorGroup.Disabled, role, disabled)
    return colours


def style_sheet(look: Look) -> str:
    """Return the style sheet of the look in force."""
    theme = look.theme
    small, label = look.pixels(Size.SMALL), look.pixels(Size.LABEL)
    faint = blend(theme.muted, theme.panel, 0.35)
    hover = blend(theme.panel, theme.ink, 0.05)
    down = asset(f"icons/down-{theme.name}.svg").as_posix()
    tick = asset(f"icons/tick-{theme.name}.svg").as_posix()
    return f"""
QMainWindow, QDialog {{ background: {theme.window}; }}
QMenuBar {{ background: {theme.window}; color: {theme.ink}; padding: 4px 8px; spacing: 4px; }}
QMenuBar::item {{ background: transparent; padding: 4px 10px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {theme.selection}; }}
QMenu {{ background: {theme.panel}; color: {theme.ink}; border: 1px solid {theme.hairline};
    padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 20px; border-radius: 4px; }}
QMenu::item:selected {{ background: {theme.selection}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {theme.hairline}; margin: 4px 8px; }}
QToolTip {{ background: {theme.panel}; color: {theme.ink}; border: 1px solid {theme.hairline};
    padding: 6px 8px; }}
QFrame#card {{ background: {theme.panel}; border: 1px solid {theme.hairline};
    border-radius: 8px; }}
QFrame#overlay {{ background: {theme.panel}; border: 1px solid {theme.strong_line};
    border-radius: 8px; }}
QLabel {{ background: transparent; }}
QLabel#title {{ font-weight: 600; }}
QLabel#muted, QLabel#caption {{ color: {theme.muted}; font-size: {label}px; }}
QLabel#small {{ color: {theme.muted}; font-size: {small}px; }}
QLabel#heading {{ color: {theme.muted}; font-size: {small}px; font-weight: 600; }}
QLabel#figure {{ font-size: {label}px; }}
QLabel#problem {{ color: {theme.problem}; font-size: {label}px; }}
QLabel#hoverCard {{ background: {theme.panel}; color: {theme.ink}; font-size: {label}px;
    border: 1px solid {theme.strong_line}; border-radius: 6px; padding: 8px 10px; }}
QFrame#rule {{ background: {theme.hairline}; border: none; max-height: 1px; min-height: 1px; }}
QFrame#problemStrip {{ background: {theme.problem_fill}; border: 1px solid {theme.hairline};
    border-radius: 6px; }}
QLabel#news {{ font-size: {label}px; }}
QFrame#newsStrip {{ background: {theme.selection}; border: none; border-radius: 6px; }}
QFrame#stepsStrip {{ background: {theme.selection}; border: none; border-radius: 6px; }}
QFrame#stepsStrip QLabel, QToolButton#step {{ font-size: {label}px; }}
QFrame#pill {{ background: {theme.panel}; border: 1px solid {theme.hairline};
    border-radius: 10px; }}
QLineEdit, QSpinBox, QDoubleSpinBox {{ background: {theme.field}; color: {theme.ink};
    border: 1px solid {theme.hairline}; border-radius: 5px; padding: 4px 8px;
    selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
QSpinBox, QDoubleSpinBox {{ padding: 3px 0; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button {{ width: 0; border: none; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border: 1px solid {theme.accent}; }}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {faint}; }}
QPushButton, QToolButton {{ background: {theme.panel}; color: {theme.ink};
    border: 1px solid {theme.hairline}; border-radius: 5px; padding: 5px 12px; }}
QPushButton:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {theme.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; }}
QPushButton#primary {{ background: {theme.accent}; color: {theme.on_accent};
    border: 1px solid {theme.accent}; font-weight: 600; }}
QPushButton#primary:hover {{ background: {blend(theme.accent, theme.ink, 0.12)}; }}
QPushButton#primary:focus {{ border: 2px solid {theme.ink}; padding: 4px 11px; }}
QPushButton#primary:disabled {{ background: {theme.field}; color: {faint};
    border: 1px solid {theme.hairline}; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}
QToolButton#quiet, QPushButton#quiet {{ border: 1px solid transparent; background: transparent;
    color: {theme.muted}; padding: 3px 6px; }}
QToolButton#step {{ border: 1px solid transparent; background: transparent; padding: 3px 6px; }}
QToolButton#step:hover {{ background: {hover}; }}
QToolButton#step:focus {{ border: 1px solid {theme.accent}; }}
QToolButton#step[done="true"] {{ color: {faint}; }}
QToolButton#quiet:hover, QPushButton#quiet:hover {{ color: {theme.ink}; }}
QToolButton#quiet:focus, QPushButton#quiet:focus {{ border: 1px solid {theme.accent}; }}
QComboBox {{ background: {theme.panel}; color: {theme.ink}; border: 1px solid {theme.hairline};
    border-radius: 5px; padding: 4px 8px; }}
QComboBox#quiet {{ border: 1px solid transparent; background: transparent;
    color: {theme.muted}; font-size: {small}px; padding: 1px 4px; }}
QComboBox#quiet:focus {{ border: 1px solid {theme.accent}; }}
QComboBox:focus {{ border: 1px solid {theme.accent}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{down}"); width: 10px; height: 10px; }}
QCheckBox {{ spacing: 6px; color: {theme.ink}; font-size: {label}px; }}
QMenu QCheckBox {{ padding: 5px 16px 5px 8px; }}
QCheckBox:focus {{ color: {theme.accent}; }}
QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {theme.muted};
    border-radius: 3px; background: {theme.panel}; }}
QCheckBox::indicator:checked {{ image: url("{tick}"); }}
QCheckBox::indicator:disabled {{ border-color: {theme.hairline}; }}
QListView, QTableView {{ background: {theme.panel}; color: {theme.ink}; border: none;
    outline: none; selection-background-color: {theme.selection}; selection-color: {theme.ink}; }}
QListWidget#places {{ border: 1px solid transparent; border-radius: 4px; }}
QListWidget#places:focus {{ border: 1px solid {theme.accent}; }}
QFrame#overlay QListWidget::item {{ padding: 5px 6px; border-radius: 4px; }}
QFrame#overlay QListWidget::item:selected {{ background: {theme.selection}; color: {theme.ink}; }}
QFrame#overlay QListWidget::item:disabled {{ color: {faint}; }}
QTabWidget::pane {{ border: none; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; color: {theme.muted}; border: none;
    border-bottom: 2px solid transparent; padding: 5px 10px; }}
QTabBar::tab:selected {{ color: {theme.ink}; border-bottom: 2px solid {theme.accent}; }}
QTreeView {{ background: {theme.panel}; color: {theme.ink}; border: none; outline: none;
    selection-background-color: {theme.selection}; selection-color: {theme.ink}; }}
QTreeView#roomy {{ border: 1px solid {theme.hairline}; border-radius: 5px; padding: 4px; }}
QTreeView#roomy::item {{ padding: 4px; }}
QTableCornerButton::section {{ background: {theme.panel}; border: none; }}
QHeaderView {{ background: {theme.panel}; border: none; }}
QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: none;
    font-size: {small}px; padding: 2px 4px; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QAbstractScrollArea {{ background: {theme.panel}; border: none; }}
QPlainTextEdit {{ background: {theme.field}; color: {theme.ink};
    border: 1px solid {theme.hairline}; border-radius: 5px; padding: 4px;
    selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
QPlainTextEdit:focus {{ border: 1px solid {theme.accent}; }}
QScrollArea#bare, QScrollArea#bare > QWidget > QWidget {{ background: transparent; }}
QProgressBar {{ background: {theme.trough}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; }}
QSplitter::handle {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {theme.hairline}; border-radius: 3px; min-width: 24px;
    min-height: 24px; }}
QScrollBar::handle:hover {{ background: {theme.strong_line}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
