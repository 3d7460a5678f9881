"""What this machine lets the laboratory do; what it does not is said aloud, and the faults that need it do not happen.

A container of a CI seldom may mount anything, and may lack a compiler; the rest of the laboratory is worth a run there.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path


def mount_small(folder: Path, size: str) -> bool:
    """A tmpfs on the folder; False where mounting is not permitted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "laboratory", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def can_mount() -> bool:
    """Whether small disks can be had here."""
    with tempfile.TemporaryDirectory(prefix="laboratory-") as name:
        mounted = mount_small(Path(name), "1m")
        if mounted:
            subprocess.run(["umount", "-l", name], check=True, capture_output=True, timeout=30)
    return mounted


def can_compile() -> bool:
    """Whether the workers' clock can be made."""
    return shutil.which("cc") is not None


def missing() -> list[str]:
    """A sentence for everything that cannot happen here."""
    found = []
    if not can_mount():
        found.append(
            "NO SMALL DISKS: mounting a tmpfs is not permitted (no root, no CAP_SYS_ADMIN). Broker and store keep "
            "their data in plain folders; broker_full and store_full do not happen."
        )
    if not can_compile():
        found.append("NO CLOCK: there is no C compiler (apt-get install gcc libc6-dev). clock faults do not happen.")
    return found
