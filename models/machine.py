"""Names the machine as far as numbers and speed depend on it."""

import hashlib
import platform
from pathlib import Path


def machine() -> str:
    """Name the machine as far as numbers and speed depend on it."""
    return f"{platform.machine()} {platform.processor()} {_cpu()}"


def _cpu() -> str:
    """Name the processor as closely as the system tells: another one rounds differently."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    told = ("model name", "flags", "Features")
    text = "".join(sorted({line for line in lines if line.startswith(told)}))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
