"""One process at a time, by a lock that the system frees with its holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from payops_local.errors import PlatformError


@contextmanager
def only_one(lock: Path, otherwise: str) -> Iterator[None]:
    """Hold the lock; raises PlatformError, beginning with `otherwise`, when another holds it."""
    with lock.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlatformError(f"{otherwise}: wait for its end and try again.") from None
        yield
