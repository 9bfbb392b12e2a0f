"""A llama.cpp context behind the decoder's port: flash attention on, 16-bit cache, one ubatch."""

import ctypes
import os
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from core.known_error import KnownError
from models.decoder import CellsFull, Interrupted, Logits, Row
from models.llama_file import LlamaFile

FULL, ABORTED = 1, 2
"""What llama_decode returns when no cells are free, and when it was told to stop."""

MARGIN = 128
"""Cells that are left free when others are only filled: a batch, and a few after a fork."""


class LlamaDecoder:
    """One context over a loaded file. `interrupt` may be called from any thread."""

    def __init__(
        self, file: LlamaFile, *, cells: int, sequences: int, most_rows: int, threads: int
    ) -> None:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = cells + most_rows  # room for the rows that only fill a batch
        params.n_batch = max(most_rows, sequences + 1)  # room for the logits of every sequence
        params.n_ubatch = most_rows
        params.n_seq_max = sequences + 1  # one more holds the cells of retired ones
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.type_k = params.type_v = llama_cpp.GGML_TYPE_F16
        params.kv_unified = True
        params.swa_full = True  # a cut prefix is silently wrong otherwise
        params.no_perf = True
        self._stop = ctypes.create_string_buffer(b"0")
        context = llama_cpp.llama_init_from_model(file.model, params)
        if not context:
            raise KnownError(
                f"There is not enough memory for {file.path.name} with {cells} tokens of context:"
                " close other programs or choose a smaller model."
            )
        memory = llama_cpp.llama_get_memory(context)
        assert memory is not None
        self._context, self._memory = context, memory
        self._is_open = True
        self._set_abort()
        self._cells = cells
        self._sequences = sequences
        self._vocabulary_size = len(file.vocabulary)
        self._most_rows = most_rows
        self._batch = llama_cpp.llama_batch_init(most_rows, 0, sequences)
        self._tokens = _view(self._batch.token, most_rows, np.int32)
        self._positions = _view(self._batch.pos, most_rows, np.int32)
        self._counts = _view(self._batch.n_seq_id, most_rows, np.int32)
        self._wanted = _view(self._batch.logits, most_rows, np.int8)
        self._members = [
            _view(self._batch.seq_id[i], sequences, np.int32) for i in range(most_rows)
        ]

    def _set_abort(self) -> None:
        """Make the flag readable by llama.cpp's threads without the interpreter.

        The callback is asked before every operation of the graph, some thousand times a second; a
        Python function there would need the interpreter lock each time. The C library's own atoi
        on a one-digit string is a function from a pointer to whether the digit is not 0.
        """
        library = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
        address = ctypes.cast(library.atoi, ctypes.c_void_p).value
        callback = ctypes.cast(address or 0, llama_cpp.ggml_abort_callback)
        llama_cpp.llama_set_abort_callback(
            self._context, callback, ctypes.cast(self._stop, ctypes.c_void_p)
        )

    @property
    def cells(self) -> int:
        """Places for tokens."""
        return self._cells

    @property
    def sequences(self) -> int:
        """Sequences that may be alive at once."""
        return self._sequences

    @property
    def vocabulary_size(self) -> int:
        """Length of a row of logits."""
        return self._vocabulary_size

    def decode(self, rows: Sequence[Row]) -> Logits:
        """Decode one batch of at most `most_rows` rows."""
        outputs = 0
        for index, row in enumerate(rows):
            self._tokens[index] = row.token
            self._positions[index] = row.position
            members = row.sequences
            self._counts[index] = len(members)
            view = self._members[index]
            if len(members) == 1:
                view[0] = members[0]
            else:
                view[: len(members)] = members
            self._wanted[index] = row.wanted
            outputs += row.wanted
        self._batch.n_tokens = len(rows)
        status = llama_cpp.llama_decode(self._context, self._batch)
        if status == FULL:
            raise CellsFull
        if status == ABORTED:
            self._stop[0] = b"0"
            raise Interrupted
        if status != 0:
            raise KnownError(
                f"llama.cpp could not read the text (status {status}): load the model again."
            )
        if not outputs:
            return np.empty((0, self._vocabulary_size), np.float32)
        pointer = llama_cpp.llama_get_logits(self._context)
        logits: Logits = np.ctypeslib.as_array(pointer, shape=(outputs, self._vocabulary_size))
        return logits

    def copy(self, source: int, target: int, length: int) -> None:
        """Share the first cells of a sequence; with unified cells nothing is copied."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def cut(self, sequence: int, length: int) -> None:
        """Forget the newest tokens of a sequence, from `length` on."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def deepen(self, sequence: int, cells: int) -> bool:
        """Let a sequence see so many cells, or as many as there are, by holding copies of its own.

        Only for trying out shapes: nothing is computed, and its positions are those of one copy.
        False when there is no room for a copy, or when a state cannot be copied.
        """
        own, spare = llama_cpp.llama_seq_id(sequence), llama_cpp.llama_seq_id(self._sequences)
        size = llama_cpp.llama_state_seq_get_size(self._context, own)
        state = (ctypes.c_uint8 * size)()
        held = llama_cpp.llama_memory_seq_pos_max(self._memory, sequence) + 1
        room = min(cells, self._cells + self._most_rows - MARGIN)
        if held < 1 or room < 2 * held:
            return False
        if llama_cpp.llama_state_seq_get_data(self._context, state, size, own) != size:
            return False
        for _ in range(room // held - 1):
            if not llama_cpp.llama_state_seq_set_data(self._context, state, size, spare):
                return False
            llama_cpp.llama_memory_seq_cp(self._memory, self._sequences, sequence, 0, -1)
            llama_cpp.llama_memory_seq_rm(self._memory, self._sequences, 0, -1)
        return True

    def retire(self, sequence: int) -> None:
        """Hand the cells of a sequence to the graveyard: a cell is free only without a sequence."""
        llama_cpp.llama_memory_seq_cp(self._memory, sequence, self._sequences, 0, -1)
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, 0, -1)

    def clear(self) -> None:
        """Free all cells; what they hold need not be wiped."""
        llama_cpp.llama_memory_clear(self._memory, False)

    def interrupt(self) -> None:
        """Stop the decode in progress, or the next one, before its next operation."""
        self._stop[0] = b"1"

    def close(self) -> None:
        """Free the context and the batch."""
        if self._is_open:
            self._is_open = False
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self._context)


def _view(pointer: Any, length: int, kind: type[np.generic]) -> NDArray[Any]:
    """Return the memory behind a C pointer as an array."""
    memory: NDArray[Any] = np.ctypeslib.as_array(pointer, shape=(length,))
    return memory.view(kind)
