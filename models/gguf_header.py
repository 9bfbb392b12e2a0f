"""What a GGUF file says of itself, read without loading it.

The format is that of ggml's docs/gguf.md, versions 2 and 3: a magic number, counts, then typed
key-value pairs, little-endian. Of arrays only short ones of numbers are kept, such as one number a
layer; the vocabulary is passed over.
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
MOST_LISTED = 1024
MOST_PAIRS = 100_000
MOST_BYTES = 1 << 26
"""No key or value is longer: a larger length is damage, and must not become an allocation."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """A file's key-value pairs, its short arrays of numbers, and how many tensors it holds."""

    values: dict[str, Value]
    lists: dict[str, tuple[float, ...]]
    tensors: int

    @property
    def architecture(self) -> str:
        """Such as `llama`, `bert`; empty when the file does not say."""
        return str(self.values.get("general.architecture", ""))

    def layers_of(self, name: str, otherwise: float) -> list[float]:
        """Return a number of the architecture for each layer; many files have one for all."""
        key = f"{self.architecture}.{name}"
        count = int(self._number(f"{self.architecture}.block_count", 0))
        listed = self.lists.get(key)
        return [*listed[:count]] if listed else [self._number(key, otherwise)] * count

    def _number(self, key: str, otherwise: float) -> float:
        found = self.values.get(key)
        return found if isinstance(found, int | float) else otherwise

    @property
    def bytes_per_cell(self) -> int:
        """The bytes of one token's keys and values, in 16 bits.

        A head is as wide as the file says; where it does not, all together are as wide as a token.
        """
        heads = self.layers_of("attention.head_count", 1)
        width = self._number(f"{self.architecture}.embedding_length", 0)
        head = width / max(1, *heads) if heads else 0
        shared = self.layers_of("attention.head_count_kv", max(heads, default=0))
        keys = self.layers_of("attention.key_length", head)
        values = self.layers_of("attention.value_length", head)
        rows = zip(shared, keys, values, strict=True)
        return int(sum(2 * count * (key + value) for count, key, value in rows))


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
    lists: dict[str, tuple[float, ...]] = {}
    for _ in range(count):
        key = _string(file)
        (kind,) = _unpack(file, "<I")
        if kind == ARRAY:
            lists[key] = _array(file)
        else:
            values[key] = _value(file, kind)
    return GgufHeader(values, lists, tensors)


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


def _array(file: BinaryIO) -> tuple[float, ...]:
    """Return a short array of numbers; pass over any other."""
    kind, count = _unpack(file, "<IQ")
    form = "<B" if kind == BOOL else NUMBERS.get(kind)
    if form is not None and count <= MOST_LISTED:
        return _unpack(file, f"<{count}{form[1:]}")
    if form is not None:
        file.seek(count * struct.calcsize(form), 1)
    elif kind == STRING:
        for _ in range(count):
            (length,) = _unpack(file, "<Q")
            if length > MOST_BYTES:
                raise ValueError(length)
            file.seek(length, 1)
    else:
        raise ValueError(kind)
    return ()
