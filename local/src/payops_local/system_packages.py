"""Packages of the operating system: installed where this user may, said in either case."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

INSTALL_LIMIT_S = 600.0
LOCK_PATIENCE_S = 120


def install_system_package(name: str, say: Callable[[str], None]) -> bool:
    """Install a package with apt-get as root on Debian or Ubuntu; False anywhere else.

    Reads the package lists first only when an install without them fails. A failure is said too,
    with apt-get's own last words.
    """
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing the system package {name} with apt-get")
    patience = f"DPkg::Lock::Timeout={LOCK_PATIENCE_S}"
    install = ["apt-get", "-qq", "-y", "-o", patience, "install", "--no-install-recommends", name]
    if _failure(install) is None:
        return True
    failure = _failure(["apt-get", "-qq", "update"]) or _failure(install)
    if failure is not None:
        say(f"apt-get could not install {name} ({failure})")
    return failure is None


def _failure(command: list[str]) -> str | None:
    """Why the command failed, in its own last words; None when it did not."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    words = done.stderr.strip().splitlines()
    return words[-1] if words else f"code {done.returncode}"
