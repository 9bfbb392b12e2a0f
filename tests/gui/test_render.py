from PySide6.QtGui import QImage

from gui.app import render_window
from gui.look import ThemeChoice


def test_a_picture_of_the_window_has_the_size_that_was_asked_for(qtbot, told, tmp_path):
    for theme in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        path = tmp_path / f"{theme}.png"
        render_window(told, size=(1280, 800), theme=theme, path=path)
        image = QImage(str(path))
        assert (image.width(), image.height()) == (1280, 800)
    assert len(told.tree) > 20
