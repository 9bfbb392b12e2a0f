"""What a GGUF file says of itself, read without loading it.

The format is that of ggml's docs/gguf.md, versions 2 and 3: a magic number, counts, then typed
key-value pairs, little-endian. Long arrays (the vocabulary) are passed over.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.known_error import KnownError

Value = str | int | float | bool

NUMBERS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    10: "<Q",
    11: "<q",
    12: "<d",
}
BOOL, STRING, ARRAY = 7, 8, 9
MOST_PAIRS = 100_000
MOST_BYTES = 1 << 26
"""No key or value is longer: a larger length is damage, and must not become an allocation."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """A file's key-value pairs without its arrays, and how many tensors it holds."""

    values: dict[str, Value]
    tensors: int

    @property
    def architecture(self) -> str:
        """Such as `llama`, `bert`; empty when the file does not say."""
        return str(self.values.get("general.architecture", ""))


def read_header(path: Path) -> GgufHeader:
    """Read a file's header. Raises `KnownError` with a sentence when there is none."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise KnownError(
                    f"{path.name} is not a GGUF file: choose a model that llama.cpp can load."
                )
            return _pairs(file)
    except FileNotFoundError:
        raise KnownError(f"There is no file {path}: check the path or choose a model.") from None
    except IsADirectoryError:
        raise KnownError(f"{path} is a folder: choose a .gguf file in it.") from None
    except OSError as error:
        raise KnownError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (struct.error, ValueError, OverflowError):
        raise KnownError(
            f"{path.name} is damaged or incomplete: its header breaks off; download it again."
        ) from None


def _pairs(file: BinaryIO) -> GgufHeader:
    (version,) = _unpack(file, "<I")
    if version not in (2, 3):
        raise KnownError(
            f"The file is GGUF version {version}, and only 2 and 3 can be read: convert it anew."
        )
    tensors, count = _unpack(file, "<QQ")
    if count > MOST_PAIRS:
        raise ValueError(count)
    values: dict[str, Value] = {}
    for _ in range(count):
        key = _string(file)
        (kind,) = _unpack(file, "<I")
        if kind == ARRAY:
            _pass_over_array(file)
        else:
            values[key] = _value(file, kind)
    return GgufHeader(values, tensors)


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "<Q")
    if length > MOST_BYTES:
        raise ValueError(length)
    data = file.read(length)
    if len(data) < length:
        raise ValueError(length)
    return data.decode("utf-8", errors="replace")


def _value(file: BinaryIO, kind: int) -> Value:
    if kind == STRING:
        return _string(file)
    if kind == BOOL:
        return bool(_unpack(file, "<B")[0])
    if kind in NUMBERS:
        return _unpack(file, NUMBERS[kind])[0]
    raise ValueError(kind)


def _pass_over_array(file: BinaryIO) -> None:
    kind, count = _unpack(file, "<IQ")
    if kind in NUMBERS or kind == BOOL:
        file.seek(count * struct.calcsize(NUMBERS.get(kind, "<B")), 1)
    elif kind == STRING:
        for _ in range(count):
            (length,) = _unpack(file, "<Q")
            if length > MOST_BYTES:
                raise ValueError(length)
            file.seek(length, 1)
    else:
        raise ValueError(kind)
