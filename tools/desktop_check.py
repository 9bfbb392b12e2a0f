"""Says in one sentence which parts of a desktop Qt will miss on this Linux machine.

Silent when nothing is missing and on other systems. Never fails: without a display Qt can still
draw offscreen, and a missing font only leaves boxes where its letters would be.

    python tools/desktop_check.py              one sentence, or nothing
    python tools/desktop_check.py --packages   the missing Debian packages, for scripts
"""

import ctypes
import os
import sys

# What Qt's own files ask for (NEEDED entries of libQt6Core, Gui, DBus, Network and the xcb platform
# plugin), and the Debian package that holds it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {  # asked for only where the desktop speaks Wayland
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
# One character that only a font made for the script has (DejaVu knows some Arabic and old emoji).
SCRIPTS = {
    "Latin": (0x0041, "fonts-dejavu-core"),
    "Arabic": (0x0627, "fonts-noto-core"),
    "Devanagari": (0x0905, "fonts-noto-core"),
    "Thai": (0x0E01, "fonts-noto-core"),
    "Chinese": (0x4E00, "fonts-noto-cjk"),
    "Japanese": (0x3042, "fonts-noto-cjk"),
    "Korean": (0xAC00, "fonts-noto-cjk"),
    "emoji": (0x1F970, "fonts-noto-color-emoji"),
}


class _FontSet(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p)]


def missing_libraries() -> dict[str, str]:
    """Return the libraries that cannot be loaded here, each with its Debian package."""
    wanted = LIBRARIES | (WAYLAND_LIBRARIES if os.environ.get("WAYLAND_DISPLAY") else {})
    missing: dict[str, str] = {}
    for library, package in wanted.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    return missing


def missing_scripts() -> dict[str, str]:
    """Return the scripts no installed font can write, each with a Debian package that can."""
    try:
        fontconfig = ctypes.CDLL("libfontconfig.so.1")
    except OSError:  # then no font can be found at all
        return {script: package for script, (_, package) in SCRIPTS.items()}
    for name in ("FcNameParse", "FcObjectSetCreate"):
        getattr(fontconfig, name).restype = ctypes.c_void_p
    fontconfig.FcFontList.restype = ctypes.POINTER(_FontSet)
    fontconfig.FcFontList.argtypes = [ctypes.c_void_p] * 3
    nothing = fontconfig.FcObjectSetCreate()
    missing: dict[str, str] = {}
    for script, (character, package) in SCRIPTS.items():
        pattern = fontconfig.FcNameParse(f":charset={character:x}".encode())
        fonts = fontconfig.FcFontList(None, pattern, nothing)
        if not fonts or fonts.contents.count == 0:
            missing[script] = package
    return missing


def sentence(libraries: dict[str, str], scripts: dict[str, str]) -> str:
    """Return what is missing and how to get it, in one sentence; empty when nothing is."""
    wants: list[str] = []
    if libraries:
        wants.append(f"the window needs {listed(list(libraries), 'and')}")
    if scripts:
        wants.append(f"no font here can write {listed(list(scripts), 'or')}")
    if not wants:
        return ""
    install = " ".join(packages(libraries, scripts))
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"Missing: {', and '.join(wants)}; on Debian or Ubuntu: {sudo}apt-get install {install}"


def packages(libraries: dict[str, str], scripts: dict[str, str]) -> list[str]:
    """Return the Debian packages to install, each once."""
    return sorted({*libraries.values(), *scripts.values()})


def listed(words: list[str], conjunction: str) -> str:
    """Return "a, b or c"."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def main() -> int:
    """Print what the command line asked for; 0 whatever is missing."""
    if sys.platform != "linux":
        return 0
    libraries, scripts = missing_libraries(), missing_scripts()
    if "--packages" in sys.argv[1:]:
        print(" ".join(packages(libraries, scripts)))
    elif message := sentence(libraries, scripts):
        print(message, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
