"""Measures what the engine keeps in memory beside the file and llama.cpp's own buffers.

Run as `python -m models.resident FILE`; prints JSON.
"""

import json
import logging
import re
import sys
from pathlib import Path

from core.engine import Continue, Growth, Read, Reading
from core.sampling import FREE, Stream
from models.llama_engine import LlamaEngine

BUFFER = re.compile(r"buffer size\s*=\s*([\d.]+) MiB")


class _Buffers(logging.Handler):
    """Adds up the buffers that llama.cpp tells of."""

    def __init__(self) -> None:
        super().__init__()
        self.megabytes = 0.0
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look for a buffer's size."""
        line = record.getMessage()
        if (found := BUFFER.search(line)) and "Mapped" not in line:
            self.megabytes += float(found.group(1))
            self.lines.append(line)


def main(path: Path) -> None:
    """Load, work a little, and tell the private memory above the buffers."""
    buffers = _Buffers()
    logging.basicConfig(handlers=[buffers], level=logging.DEBUG)
    engine = LlamaEngine(path, lambda _: True)
    prompt = engine.tokenize("The harbour was quiet when the first boats came in. " * 20)
    list(engine.ask(Read((Reading(prompt),))))
    list(engine.ask(Continue(tuple(Growth(prompt, FREE, Stream(1, n)) for n in range(16)), 8)))
    status = Path("/proc/self/smaps_rollup").read_text()
    resident = {
        key: int(value) / 1024
        for key, value in re.findall(
            r"^(Private_Dirty|Private_Clean|Rss):\s+(\d+) kB", status, re.MULTILINE
        )
    }
    # Clean pages are the mapped file and libraries, which other processes share.
    overhead = resident["Private_Dirty"] - buffers.megabytes
    answer = {"overhead_megabytes": overhead, "buffers": buffers.lines, **resident}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
