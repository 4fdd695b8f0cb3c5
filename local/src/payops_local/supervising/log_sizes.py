"""Keeps logs from filling the disk: past the cap the older part moves to one `.1` file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

LARGEST_LOG_BYTES = 64 * 1024 * 1024


def cap_logs(paths: Iterable[Path], largest_bytes: int = LARGEST_LOG_BYTES) -> None:
    """Copy and empty each log that grew past the cap.

    The processes append, so an emptied file goes on from its start; lines written between the
    copy and the cut are lost.
    """
    for path in paths:
        try:
            if path.stat().st_size > largest_bytes:
                shutil.copyfile(path, path.with_name(path.name + ".1"))
                os.truncate(path, 0)
        except OSError:
            continue
