"""A module that is slow to load does not hold the window up."""

import sys
import threading

import shiboken6
from PySide6.QtCore import QObject

from gui.fetching import Fetching


def test_a_module_is_loaded_on_another_thread_and_told_on_the_window_s(
    qtbot, tmp_path, monkeypatch
):
    (tmp_path / "slow_to_load.py").write_text("import threading\nON = threading.current_thread()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    told: list[threading.Thread] = []
    owner = QObject()
    for _ in range(2):  # the second time it is there already
        fetching = Fetching("slow_to_load", owner)
        fetching.fetched.connect(lambda: told.append(threading.current_thread()))
        with qtbot.waitSignal(fetching.fetched, timeout=5000):
            pass
    module = sys.modules.pop("slow_to_load")
    assert module.ON is not threading.main_thread()
    assert told == [threading.main_thread()] * 2


def test_a_window_that_is_closed_meanwhile_is_told_nothing(qtbot, tmp_path, monkeypatch):
    (tmp_path / "slower_to_load.py").write_text("import time\ntime.sleep(0.1)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    owner = QObject()
    Fetching("slower_to_load", owner)
    shiboken6.delete(owner)
    qtbot.waitUntil(lambda: not any("slower" in one.name for one in threading.enumerate()))
    assert sys.modules.pop("slower_to_load")
