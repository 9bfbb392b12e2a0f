"""Whether a folder lies on another machine, where files cannot be shared through memory."""

import re
import sys
from pathlib import Path

NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "9p", "glusterfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "davfs", "fuse.davfs2"),
    }
)
"""File systems of other machines, as Linux names them."""

MOUNTS = Path("/proc/self/mounts")
OCTAL = re.compile(r"\\([0-7]{3})")
"""How a table of mounts writes a space."""

REMOTE_DRIVE = 4
"""DRIVE_REMOTE of the Windows API."""


def file_system_of(path: Path, mounts: str) -> str:
    """Return the kind of the innermost mount that holds `path`, of a table like /proc/mounts."""
    kind, depth = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = Path(OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[1]))
        if path.is_relative_to(place) and len(place.parts) >= depth:
            kind, depth = fields[2], len(place.parts)
    return kind


if sys.platform == "win32":
    import ctypes

    def is_on_network(path: Path) -> bool:
        """Return whether `path` lies on another machine."""
        drive = path.absolute().drive
        kind = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")
        return drive.startswith("\\\\") or kind == REMOTE_DRIVE

elif sys.platform == "darwin":

    def is_on_network(path: Path) -> bool:
        """Return whether `path` may lie on another machine: shares are mounted where sticks are."""
        return path.absolute().parts[:2] == ("/", "Volumes")

else:

    def is_on_network(path: Path) -> bool:
        """Return whether `path` lies on another machine."""
        try:
            mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return False
        return file_system_of(path.absolute().resolve(), mounts) in NETWORK
