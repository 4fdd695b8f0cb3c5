"""Another commit's sources beside this checkout's, with an environment that fits them.

They lie below `.payops/against/` and are removed at the end; what a killed run left is removed at
the next start. The repository itself is only read: no branch, no worktree, no stash.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.bed import end_abandoned_runs
from payops_local.errors import PlatformError
from payops_local.places import CHECKOUT, INSTALLED
from payops_local.processes import ProcessRecord

FOLDER = INSTALLED / "against"
LOCK = Path("requirements") / "all.txt"
GIT_LIMIT_S = 120.0
SET_UP_LIMIT_S = 900.0
SOURCES = ("contracts/src", "shared/src", "local/src", "services/*/src", "tests/support")


def commit_of(name: str) -> str:
    """The commit that a name means; PlatformError when there is none of that name."""
    return _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()


@contextmanager
def other_checkout(commit: str, parent: Path = FOLDER) -> Iterator[tuple[Path, Path]]:
    """Its folder and its Python, until the end of the block."""
    _remove_abandoned(parent)
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f"run-{commit[:12]}-"))
    try:
        ProcessRecord(folder / "owner.json").write(os.getpid())
        checkout = folder / "checkout"
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            archive.extractall(checkout)
        yield checkout, _python(checkout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), *arguments],
            capture_output=True, timeout=GIT_LIMIT_S, check=False,
        )  # fmt: skip
    except OSError as error:
        raise PlatformError(f"git does not run here ({error}): install it.") from error
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip() or "there is no such commit"
        raise PlatformError(f"git {' '.join(arguments)}: {why}.")
    return done.stdout


def _python(checkout: Path) -> Path:
    installed = checkout / ".payops"
    installed.mkdir()
    fetched = INSTALLED / "kafka"
    fetched.mkdir(parents=True, exist_ok=True)
    (installed / "kafka").symlink_to(fetched)
    if (checkout / LOCK).read_bytes() == (CHECKOUT / LOCK).read_bytes():
        return _on_the_same_packages(checkout)
    return _of_its_own_lock(checkout)


def _on_the_same_packages(checkout: Path) -> Path:
    """An environment with that checkout's sources on the packages that are installed here."""
    made = checkout / ".payops" / "venv"
    venv.EnvBuilder(symlinks=True, with_pip=False).create(made)
    (packages,) = made.glob("lib/python3*/site-packages")
    sources = sorted(str(path) for pattern in SOURCES for path in checkout.glob(pattern))
    # As plain lines: this checkout's own list of sources among the packages is not read again.
    lines = [*sources, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    (packages / "payops.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made / "bin" / "python"


def _of_its_own_lock(checkout: Path) -> Path:
    sys.stderr.write("payops: Its lock differs: making an environment for it\n")
    env = os.environ | {"UV_CACHE_DIR": str(INSTALLED / "cache" / "uv")}
    done = subprocess.run(
        [str(checkout / "payops"), "bench", "--help"], env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, timeout=SET_UP_LIMIT_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise PlatformError("No environment could be made for that commit (see above).")
    return checkout / ".payops" / "venv" / "bin" / "python"


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob("run-*"):
        if ProcessRecord(folder / "owner.json").live_pid() is None:
            end_abandoned_runs(folder / "checkout" / ".payops" / "bench")
            shutil.rmtree(folder, ignore_errors=True)
