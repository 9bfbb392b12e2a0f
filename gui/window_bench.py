"""Measures the window on a large tree: opening it, moving through it, tokens streaming into it.

Run by `swerve bench --window`; nothing of the user's is read or written.
"""

import functools
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QMessageBox

from core.compacting import Compacted, Losses
from core.exports.answers_json import Json
from core.jobs import ThreadRunner
from core.known_error import KnownError
from core.sampling import FREE
from core.saving import SavedState
from core.session_file import SessionFile
from core.storage import StorageThread
from core.tree import ROOT
from core.workbench import Workbench
from gui.app import CLOSED, build_application, build_window, keep_awake
from gui.block_view import BlockView
from gui.branch_order import Order
from gui.bridge import Bridge
from gui.made_up import BRANCH, RATE, Streamer, large_session
from gui.main_window import MainWindow
from gui.preferences import Preferences
from gui.tree_canvas import TreeCanvas

SIZE = (1600, 1000)
STARTS = 4
"""Fresh processes whose start is measured, the first of which compiles Python's modules."""

STREAMS, STREAMED = 8, 50
"""Branches that grow at once, and the tokens of each."""

REST, WAY_STEPS = 0.15, 14
"""Seconds given to each other way of showing the tree to settle, and its steps of zooming."""

PATIENCE = 30.0
"""Seconds after which something is wrong."""

UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
PAINTED = """
import gc
gc.disable()  # as the entry point does
from gui.main_window import MainWindow
from gui.window_bench import seconds_since_start
painted = MainWindow.paintEvent
def paint(window, event):
    painted(window, event)
    print(seconds_since_start(), flush=True)
    import os
    os._exit(0)
MainWindow.paintEvent = paint
from gui.desktop import open_window
open_window(None, "no model of this name")
"""


def bench_window(nodes: int, progress: Callable[[str], None]) -> Json:
    """Return the window's figures on a tree of so many nodes."""
    if nodes < 10 * BRANCH:
        raise KnownError(f"The large tree needs at least {10 * BRANCH} nodes.")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with TemporaryDirectory() as folder:
        progress("Starting an empty window …")
        empty = _empty_window_seconds(folder)
        progress(f"Writing a session of {nodes} tokens …")
        path = Path(folder) / "bench.swerve"
        SessionFile.create(path, large_session(nodes)).close()
        return _measure(path, folder, progress) | {"empty_window_seconds": round(empty, 3)}


def _measure(path: Path, folder: str, progress: Callable[[str], None]) -> Json:
    app = build_application([])
    keep_awake()
    bridge = Bridge()
    workbench = Workbench(bridge.post, ThreadRunner, StorageThread)
    window = build_window(workbench, Preferences(Path(folder) / "bench.ini"), CLOSED)
    window.resize(*SIZE)
    window.show()
    for _ in range(3):
        app.processEvents()
    progress("Opening it …")
    longest = 0.0
    began = time.perf_counter()
    workbench.open(path)
    while not len(workbench.tree):
        longest = max(longest, _slice(app))
    opened = time.perf_counter() - began
    window.tree.canvas.viewport().repaint()
    painted = time.perf_counter() - began
    for _ in range(5):
        longest = max(longest, _slice(app))
    nodes = len(workbench.tree)
    progress("Moving through it …")
    frames = _moving(window.tree.canvas)
    progress("Showing it in other ways …")
    ways, switches = _in_other_ways(app, window)
    progress("Streaming into it …")
    switches["another model"] = _longest(app, lambda: workbench.attach_engine(Streamer()))
    stream, before = _streaming(app, workbench), nodes
    missed = STREAMS * STREAMED - (len(workbench.tree) - before)
    resident = _resident_megabytes()
    progress("Finding, ordering and compacting …")
    verbs = _verbs(app, window)
    window.close()
    workbench.close()
    window.deleteLater()
    app.processEvents()
    return {
        "nodes": nodes,
        "open_seconds": round(opened, 3),
        "first_paint_seconds": round(painted, 3),
        "frame_milliseconds_p50": round(float(np.percentile(frames, 50)), 2),
        "frame_milliseconds_p95": round(float(np.percentile(frames, 95)), 2),
        "stream_milliseconds_p95": round(float(np.percentile(stream, 95)), 2),
        "missed_tokens": missed,
        "ways": {name: round(float(np.percentile(ms, 95)), 2) for name, ms in ways.items()},
        "switch_milliseconds": switches,
        "verb_milliseconds": verbs,
        "longest_freeze_milliseconds": round(
            max(longest * 1e3, *stream, *switches.values(), *verbs.values()), 1
        ),
        "resident_megabytes": round(resident, 1),
    }


def _slice(app: QApplication) -> float:
    """Handle what has come, and return how long the window was busy with it, in seconds."""
    began = time.perf_counter()
    app.processEvents()
    taken = time.perf_counter() - began
    time.sleep(0.001)
    return taken


def _moving(canvas: TreeCanvas, steps: int = 44) -> list[float]:
    """Return the milliseconds of frames while panning and zooming, from near to far."""
    taken: list[float] = []

    def frame(move: Callable[[], object]) -> None:
        began = time.perf_counter()
        move()
        canvas.viewport().repaint()
        taken.append((time.perf_counter() - began) * 1e3)

    canvas.zoom_to_normal()
    across, down = canvas.horizontalScrollBar(), canvas.verticalScrollBar()
    down.setValue(down.maximum() // 2)
    across.setValue(across.maximum() // 2)
    middle = QPointF(canvas.viewport().rect().center())
    for factor in itertools.chain((1.0,), itertools.repeat(1.15 ** (-44 / steps), steps)):
        frame(lambda factor=factor: canvas.zoom_by(factor, middle))  # type: ignore[misc]
        for _ in range(4):
            frame(lambda: across.setValue(across.value() + 37))
            frame(lambda: down.setValue(down.value() + 29))
    frame(canvas.fit)
    return taken


def _in_other_ways(
    app: QApplication, window: MainWindow
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the milliseconds of frames in every other way of showing it, and of going there."""
    bench, canvas, blocks = window.tree.canvas.workbench, window.tree.canvas, window.tree.blocks
    firsts = list(bench.branches)
    least = window.tree.likely

    def switch(action: str) -> None:
        window.actions_by_id[action].trigger()

    def hide_unlikely() -> None:
        least.field.setText("0.01")
        least.field.returnPressed.emit()

    def show_all() -> None:
        least.all.click()

    steps: list[tuple[str, Callable[[], object]]] = [
        ("folded", lambda: bench.fold(bench.tree.parent(firsts[len(firsts) // 2]), True)),
        ("part", lambda: bench.hoist(bench.tree.parent(firsts[len(firsts) // 3]))),
        ("whole", lambda: bench.hoist(ROOT)),
        ("unlikely hidden", hide_unlikely),
        ("all", show_all),
        ("compact", lambda: switch("view.compact")),
        ("words", lambda: switch("view.words")),
        ("by rank", lambda: switch("view.by_rank")),
        ("columns", lambda: switch("view.compact")),
        ("blocks", lambda: switch("view.blocks")),
        ("lanes", lambda: switch("view.blocks")),
        ("tokens", lambda: switch("view.words")),
    ]
    frames: dict[str, list[float]] = {}
    switches: dict[str, float] = {}
    for name, step in steps:
        switches[name] = _longest(app, step)
        if name == "blocks":
            frames[name] = _among_blocks(blocks)
        elif name in {"folded", "part", "unlikely hidden", "compact", "words"}:
            frames[name] = _moving(canvas, steps=WAY_STEPS)
    return frames, switches


def _verbs(app: QApplication, window: MainWindow) -> dict[str, float]:
    """Return the longest freeze, in milliseconds, of each verb that looks at the whole tree."""
    bench, branches = window.tree.canvas.workbench, window.branches
    orders = list(Order)

    def settled() -> bool:
        return not branches.items.is_busy

    taken = {
        "find a branch": _longest(app, lambda: branches.search.setText("word12"), settled),
        "find none": _longest(app, lambda: branches.search.setText(""), settled),
    }
    for order in (Order.SURPRISING, Order.LIKELIEST, Order.OLDEST):
        place = orders.index(order)
        taken[f"order: {order.value}"] = _longest(
            app, functools.partial(branches.order.setCurrentIndex, place), settled
        )
    last = list(bench.branches)[-1]
    taken["hide"] = _longest(app, lambda: bench.hide(last))
    size = len(bench.tree)

    def delete_for_good() -> bool:
        for box in window.findChildren(QMessageBox, "compact"):
            for button in box.buttons() if box.isVisible() else ():
                if box.buttonRole(button) is QMessageBox.ButtonRole.DestructiveRole:
                    button.click()
        return len(bench.tree) < size and bench.saved_state is SavedState.SAVED

    compact, taking = window.actions_by_id["file.compact"], bench.compact

    def timed(made: Compacted | None = None) -> Losses | None:
        began = time.perf_counter()
        losses = taking(made)
        spent.append((time.perf_counter() - began) * 1e3)
        return losses

    spent: list[float] = []
    bench.compact = timed  # type: ignore[method-assign]
    asked = _longest(app, compact.trigger, delete_for_good)
    taken["compact"] = round(max(asked, *spent), 1)
    return taken


def _longest(
    app: QApplication, act: Callable[[], object], is_done: Callable[[], bool] = lambda: True
) -> float:
    """Return for how long the window was busy at most, in milliseconds, until an act is done."""
    began = time.perf_counter()
    act()
    longest = time.perf_counter() - began
    until, at_most = began + REST, began + PATIENCE
    while time.perf_counter() < until or not is_done():
        longest = max(longest, _slice(app))
        if time.perf_counter() > at_most:
            raise KnownError("The window did not finish what it was asked to do.")
    return round(longest * 1e3, 1)


def _among_blocks(blocks: BlockView) -> list[float]:
    """Return the milliseconds of frames while zooming into blocks and out again."""
    taken: list[float] = []
    for factor in (*[1.3] * 40, *[1 / 1.3] * 40):
        began = time.perf_counter()
        blocks.zoom_by(factor, QPointF(400, 80))
        blocks.repaint()
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def _streaming(app: QApplication, workbench: Workbench) -> list[float]:
    """Return the milliseconds the window was busy at a time while branches grew."""
    tips = [workbench.tip_of(first) for first in list(workbench.branches)[-STREAMS:]]
    workbench.continue_from(tips, tokens=STREAMED, sampler=FREE, seed=1)
    taken: list[float] = []
    deadline = time.monotonic() + 3 * STREAMS * STREAMED / RATE
    while workbench.jobs and time.monotonic() < deadline:
        busy = _slice(app) * 1e3
        if busy > 0.2:  # an empty round of the loop is no frame
            taken.append(busy)
    return taken


def _empty_window_seconds(folder: str) -> float:
    """Return how long a fresh process takes until its window is painted, the best of a few.

    Python keeps what it compiled, as it does for users, but in `folder`: a system may forbid to
    keep it beside the modules, and a start that compiles them all is another measurement.
    """
    names = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
    places: dict[str, str] = dict.fromkeys(names, folder)
    places["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
    inherited = {name: value for name, value in os.environ.items() if name != UNCOMPILED}
    taken = [
        float(
            subprocess.run(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-P", "-c", PAINTED],
                env=inherited | places,
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
        )
        for _ in range(STARTS)
    ]
    return min(taken[1:])


def seconds_since_start() -> float:
    """Return the age of this process; where the system does not tell, its processor time."""
    status = Path("/proc/self/stat")
    if not status.exists():
        return time.process_time()
    ticks = int(status.read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def _resident_megabytes() -> float:
    """Return the resident memory of this process, 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
