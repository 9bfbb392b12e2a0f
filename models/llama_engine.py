"""llama.cpp behind the engine's port, in this process."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from core.engine import Arithmetic, Cells, ModelCard, Speed
from core.engine import Path as TokenPath
from core.known_error import KnownError
from models.file_facts import remembered
from models.floors import MOST_OTHER_ROWS
from models.llama_decoder import LlamaDecoder
from models.llama_file import LlamaFile, kernels
from models.load_check import MOST_ROWS, TOKENS, check_shapes, measure_speed
from models.looping_engine import LoopingEngine
from models.machine import machine
from models.passing_thread import on_passing_thread

SEQUENCES = 255
MOST_CELLS = 8192
MEMORY_SHARE = 0.25
"""How much of the machine's memory the cache may take."""


class LlamaEngine(LoopingEngine):
    """A GGUF file, loaded. Raises `KnownError` when it cannot be."""

    def __init__(
        self, path: Path, on_progress: Callable[[float], bool], *, cells: int = 0, threads: int = 0
    ) -> None:
        self.file = LlamaFile(path, on_progress)
        threads = threads or default_threads()
        try:
            _check_can_branch(self.file)
            cells = cells or _affordable_cells(self.file)
            decoder = LlamaDecoder(
                self.file, cells=cells, sequences=SEQUENCES, most_rows=MOST_ROWS, threads=threads
            )
        except KnownError:
            self.file.close()
            raise
        vocabulary = self.file.vocabulary
        engine = f"llama-cpp-python {version('llama-cpp-python')} ({kernels()})"
        arithmetic, speed, gap = _tried(path, decoder, f"{engine}|{threads}", on_progress)
        card = ModelCard(
            name=_name(path, self.file.quantization),
            path=str(path),
            architecture=self.file.architecture,
            quantization=self.file.quantization,
            parameters=self.file.parameters,
            vocabulary_size=len(vocabulary),
            trained_context=self.file.trained_context,
            context=min(cells, self.file.trained_context or cells),
            file_bytes=path.stat().st_size,
            sha256="",
            fingerprint=vocabulary.fingerprint,
            engine=engine,
            device="CPU",
            threads=threads,
            arithmetic=arithmetic,
            chat_template=self.file.metadata.get("tokenizer.chat_template", ""),
            speed=speed,
            cells=_cells(self.file, cells, gap),
        )
        super().__init__(decoder, vocabulary, card)

    def tokenize(self, text: str) -> TokenPath:
        """Split text, adding nothing."""
        return self.file.tokenize(text)

    def tokenize_with_control(self, text: str) -> TokenPath:
        """Split text in which the spelling of a control token stands for it."""
        return self.file.tokenize_with_control(text)

    def other_arithmetic(self, tokens: int) -> LlamaDecoder:
        """Return a small context that reads in long chunks, as llama.cpp does by default."""
        return LlamaDecoder(
            self.file,
            cells=tokens,
            sequences=1,
            most_rows=MOST_OTHER_ROWS,
            threads=self.card.threads,
        )

    def close(self) -> None:
        """Free the context, then the weights."""
        super().close()
        self.file.close()


def _tried(
    path: Path, decoder: LlamaDecoder, build: str, on_progress: Callable[[float], bool]
) -> tuple[Arithmetic, Speed, float | None]:
    """Return the shapes that repeat, the speed, and how far a lone row is off.

    They are tried once for each file, build, number of threads and processor; `on_progress` is told
    between the tries, so that whoever waits can leave.
    """

    def deepen(cells: int) -> bool:
        on_progress(1.0)
        return decoder.deepen(0, cells)

    def find() -> str:
        tokens = [i * 37 % decoder.vocabulary_size for i in range(TOKENS)]
        on_progress(1.0)
        shapes, gap = check_shapes(decoder, tokens, deepen)
        on_progress(1.0)
        speed = measure_speed(decoder, tokens, shapes)
        return json.dumps({"shapes": asdict(shapes), "speed": asdict(speed), "lone_row_gap": gap})

    found = json.loads(
        remembered(path, f"shapes 5|{build}|{machine()}", lambda: on_passing_thread(find))
    )
    return Arithmetic(**found["shapes"]), Speed(**found["speed"]), found["lone_row_gap"]


def _check_can_branch(file: LlamaFile) -> None:
    if not file.can_be_cut:
        raise KnownError(
            f"{file.path.name} keeps a running state ({file.architecture}) that cannot be branched"
            " yet: choose a transformer model."
        )


def _name(path: Path, quantization: str) -> str:
    """Return the file's name without what it says of its quantisation: users know files by name.

    The name inside the file is often that of a training run.
    """
    stem = path.stem
    for separator in ".-_":
        stem = stem.removesuffix(separator + quantization)
    return stem


def default_threads() -> int:
    """Use the cores this process may use: the window draws little while the model reads."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, usable or 1)


def _cells(file: LlamaFile, count: int, lone_row_gap: float | None) -> Cells:
    """Tell why all branches share one set of cells: ADR 0007 has the reasons."""
    megabytes = file.bytes_per_cell * count / 1e6
    cost = f"cells of its own for each branch would take {megabytes * SEQUENCES / 1000:,.0f} GB"
    if lone_row_gap:
        cost += (
            f" and make lone rows, which are off by {lone_row_gap:.2g} in a logit here, deep in a"
            " text"
        )
    return Cells(unified=True, megabytes=megabytes, why=cost)


def _affordable_cells(file: LlamaFile) -> int:
    """Return how many tokens of context fit in a fair share of this machine's memory."""
    wanted = min(file.trained_context or MOST_CELLS, MOST_CELLS)
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        wanted = min(wanted, max(512, int(memory * MEMORY_SHARE) // max(1, file.bytes_per_cell)))
    return wanted
