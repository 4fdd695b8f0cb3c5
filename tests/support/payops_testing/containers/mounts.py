"""What other programs left mounted below a folder of ours."""

from __future__ import annotations

import subprocess
from pathlib import Path


def unmount_below(folder: Path) -> None:
    """Let go of every mount below the folder, the innermost first.

    A killed debootstrap or engine leaves some behind: they must not be deleted through, and they
    keep the folder from being removed.
    """
    mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    points = [line.split()[1] for line in mounts]
    for point in sorted((each for each in points if each.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False)
