"""A scripted engine in a child, for tests; what its name begins with says how it misbehaves."""

import sys
import threading
import time
from pathlib import Path

from models.decoder import Interrupted
from models.engine_child import serve
from models.scripted_decoder import ScriptedDecoder
from models.scripted_engine import ScriptedEngine


class SlowDecoder(ScriptedDecoder):
    """Takes half a minute for a batch of more than 20 rows, unless it is interrupted."""

    def __init__(self, size):
        super().__init__(size, {})
        self.stop = threading.Event()

    def decode(self, rows):
        if len(rows) > 20 and self.stop.wait(30):
            self.stop.clear()
            raise Interrupted
        return super().decode(rows)

    def interrupt(self):
        self.stop.set()


class StuckDecoder(ScriptedDecoder):
    """Never comes back from a batch of more than 20 rows."""

    def decode(self, rows):
        while len(rows) > 20:
            time.sleep(0.01)
        return super().decode(rows)


def load(name, report):
    if name.startswith("loading"):
        report(0.5)
        time.sleep(30)
    engine = ScriptedEngine()
    size = len(engine.vocabulary)
    if name.startswith("slow"):
        engine.replace_decoder(SlowDecoder(size))
    if name.startswith("stuck"):
        engine.replace_decoder(StuckDecoder(size, {}))
    return engine


if __name__ == "__main__":
    path = Path(sys.argv[1])
    serve(lambda report: load(path.stem, report), None)
