import threading
from functools import partial

from gui.bridge import Bridge


def test_actions_run_on_the_bridges_thread_in_order(qtbot):
    bridge = Bridge()
    seen = []

    def note(number):
        seen.append((number, threading.get_ident()))

    def flood():
        for number in range(500):
            bridge.post(partial(note, number))

    thread = threading.Thread(target=flood)
    thread.start()
    qtbot.waitUntil(lambda: len(seen) == 500)
    thread.join()
    assert [number for number, _ in seen] == list(range(500))
    assert {ident for _, ident in seen} == {threading.get_ident()}
