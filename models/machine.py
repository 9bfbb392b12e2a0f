"""Names the machine, and the llama.cpp built for it, as far as numbers and speed depend on them."""

import hashlib
import platform
from importlib.util import find_spec
from pathlib import Path


def machine() -> str:
    """Name the machine and its llama.cpp: of one version there may be builds that round apart."""
    return f"{platform.machine()} {platform.processor()} {_cpu()} {_build()}"


def _cpu() -> str:
    """Name the processor as closely as the system tells: another one rounds differently."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    told = ("model name", "flags", "Features")
    text = "".join(sorted({line for line in lines if line.startswith(told)}))
    return _digest(text)


def _build() -> str:
    """Name the compiled libraries by size and time; built with other options they differ."""
    spec = find_spec("llama_cpp")
    folders = () if spec is None else spec.submodule_search_locations or ()
    files = sorted(file for folder in folders for file in Path(folder, "lib").glob("*"))
    try:
        status = [(file.name, file.stat()) for file in files]
    except OSError:
        return ""
    return _digest(repr([(name, one.st_size, one.st_mtime_ns) for name, one in status]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
