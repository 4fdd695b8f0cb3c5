"""Where the tests' own servers keep their data: in memory where there is room, else on disk.

Nothing of it outlives a session, and a database of a test's own is made and dropped in a third of
the time. A kill of a server loses nothing either way: the files are the system's, not the server's.
"""

import os
import shutil
from pathlib import Path

import psutil

from payops_local.places import INSTALLED
from payops_local.servers.private import end_abandoned

ON_DISK = INSTALLED / "test-servers"
MEMORY = Path("/dev/shm")
IN_MEMORY = MEMORY / f"payops-test-servers-{os.getuid()}"
ROOM_BYTES = 8 * 1024**3
"""Five brokers and mongods of a whole run: 320 MB each at the start, and their oplogs."""


def server_folder() -> Path:
    """A folder for :class:`PrivateServers`."""
    if not MEMORY.is_dir():
        return ON_DISK
    room = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return IN_MEMORY if room >= ROOM_BYTES else ON_DISK


def end_what_killed_sessions_left() -> None:
    """By process id and start time; those of living sessions stay."""
    for folder in (ON_DISK, IN_MEMORY):
        end_abandoned(folder)
