"""The wheels of the image, fetched on this machine for a build that reaches no network."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from payops_local.browser_packages import fetch_browser_packages
from payops_local.console import complain
from payops_local.places import CHECKOUT, INSTALLED
from payops_testing.containers.steps import run_step

WHEELHOUSE = INSTALLED / "wheelhouse"
"""Named by the Dockerfile too."""
LOCKS = tuple(CHECKOUT / "requirements" / name for name in ("services.txt", "demo.txt"))
PYTHON_VERSION = "3.11"
"""The Python of the image, whatever this machine runs."""
FETCH_LIMIT_S = 600.0
_LIBC_BASELINES = ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "linux")


@contextmanager
def wheelhouse() -> Iterator[None]:
    """The folder with all wheels of the lock, gone again after the block; what browsers load, too.

    Wheels of an older lock that stayed behind would break the next build. Raises PlatformError
    when pip cannot fetch them.
    """
    shutil.rmtree(WHEELHOUSE, ignore_errors=True)
    try:
        _fetch()
        fetch_browser_packages(complain)
        yield
    finally:
        shutil.rmtree(WHEELHOUSE, ignore_errors=True)


def _fetch() -> None:
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command += ["--python-version", PYTHON_VERSION, "--implementation", "cp"]
    for baseline in _LIBC_BASELINES:
        command += ["--platform", f"{baseline}_{platform.machine()}"]
    command += ["-d", str(WHEELHOUSE)]
    for lock in LOCKS:
        command += ["-r", str(lock)]
    run_step("The image's packages could not be fetched", command, limit_s=FETCH_LIMIT_S)
