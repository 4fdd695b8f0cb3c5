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

    Reads the package lists first only when an install without them fails.
    """
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing the system package {name} with apt-get")
    patience = f"DPkg::Lock::Timeout={LOCK_PATIENCE_S}"
    install = ["apt-get", "-qq", "-y", "-o", patience, "install", "--no-install-recommends", name]
    return _succeeds(install) or (_succeeds(["apt-get", "-qq", "update"]) and _succeeds(install))


def _succeeds(command: list[str]) -> bool:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
