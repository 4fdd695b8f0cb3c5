"""One outside program as one step, with a limit and a sentence when it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from payops_local.errors import DiskFull, PlatformError

LAST_LINE_CHARACTERS = 300


def run_step(
    what: str,
    command: Sequence[str],
    *,
    limit_s: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run it and return what it printed; `what` begins the sentence that says it failed.

    Raises PlatformError when it fails, is missing or takes longer than the limit.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PlatformError(f"{what} within {limit_s:.0f} s: check the network.") from error
    except OSError as error:
        raise PlatformError(f"{what} ({error}).") from error
    if done.returncode != 0:
        raise _explained(what, done.stderr.strip() or done.stdout.strip())
    return done.stdout


def _explained(what: str, output: str) -> PlatformError:
    if "No space left on device" in output:
        return DiskFull(f"{what}: the disk is full; free 3 GB and run this again.")
    last = (output.splitlines() or ["no message"])[-1]
    return PlatformError(f"{what} ({last[:LAST_LINE_CHARACTERS]}).")
