"""Makes the virtual environment from the hash-locked requirements; standard library only.

`payops` runs this file with the machine's own Python before anything is installed. The two files
`made-from.txt` (a copy of the lock) and `made-for.txt` (the checkout) are written last: without
them an environment counts as unfinished and is made anew. One process at a time works on it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

STEP_LIMIT_S = 900.0
LEAST_FREE_BYTES = 900 * 1024 * 1024
INSTALLER = "uv"


class SetUpError(Exception):
    """One sentence that says what is wrong and how to mend it."""


class Environment:
    """The environment of one checkout, at `.payops/venv`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".payops"
        self.venv = self.folder / "venv"
        self.python = self.venv / "bin" / "python"
        self.lock = root / "requirements" / "all.txt"
        self.log = self.folder / "set-up.log"
        self._made_from = self.venv / "made-from.txt"
        self._made_for = self.venv / "made-for.txt"
        self._held = -1

    def make(self) -> None:
        """Make or renew the environment, unless another process just did; raises SetUpError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "set-up.lock").open("w", encoding="utf-8") as handle:
                self._held = handle.fileno()
                self._take(self._held)
                if not self.is_whole():
                    self._make()
        except OSError as error:
            raise SetUpError(self._explained(str(error))) from error

    def is_whole(self) -> bool:
        """Whether it was made, to the end, from this lock for this folder."""
        return self._was_finished() and self._made_from.read_bytes() == self.lock.read_bytes()

    def _was_finished(self) -> bool:
        if not (self.python.exists() and self._made_from.exists() and self._made_for.exists()):
            return False
        return self._made_for.read_text(encoding="utf-8").strip() == str(self.root)

    def _take(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this folder to finish")
            fcntl.flock(handle, fcntl.LOCK_EX)

    def _make(self) -> None:
        self.log.write_text("", encoding="utf-8")
        renewed = self._was_finished()
        self._made_from.unlink(missing_ok=True)
        if not renewed:
            self._require_room()
            say("Making the Python environment in .payops/venv (once, about half a minute)")
            shutil.rmtree(self.venv, ignore_errors=True)
            venv.EnvBuilder(symlinks=True, with_pip=True).create(self.venv)
        self._install(renewed)
        self._made_for.write_text(f"{self.root}\n", encoding="utf-8")
        fresh = self._made_from.with_suffix(".new")
        shutil.copyfile(self.lock, fresh)
        fresh.replace(self._made_from)

    def _require_room(self) -> None:
        if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
            raise SetUpError(self._explained("No space left on device"))

    def _install(self, renewed: bool) -> None:
        """With uv, itself checked by hash; by pip where uv does not run."""
        say("Renewing the packages" if renewed else "Installing the packages of the lock")
        own_lock = self.folder / "uv-lock.txt"
        own_lock.write_text(locked(self.lock.read_text(encoding="utf-8"), INSTALLER))
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
        pip += ["--root-user-action=ignore", "--require-hashes", "-r"]
        # The certificates that the machine trusts, as pip does: a company's own among them.
        uv = [str(self.python), "-m", "uv", "--system-certs", "pip", "sync", "--require-hashes"]
        uv += ["--python", str(self.python), str(self.lock)]
        if self._run([*pip, str(own_lock)]) and self._run(uv):
            return
        say("uv could not install the packages; trying with pip (slower)")
        if not self._run([*pip, str(self.lock)]):
            raise SetUpError(self._explained(self.log.read_text(errors="replace")))

    def _run(self, command: list[str]) -> bool:
        cache = self.folder / "cache"
        env = {"UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip"), **os.environ}
        env.pop("VIRTUAL_ENV", None)
        with self.log.open("ab") as log:
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=env,
                    timeout=STEP_LIMIT_S,
                    # An installer that outlives this process keeps the lock until its end.
                    pass_fds=(self._held,),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return False
        return done.returncode == 0

    def _explained(self, trouble: str) -> str:
        if "No space left on device" in trouble:
            return (
                f"The disk that holds {self.folder} is full: "
                f"free {LEAST_FREE_BYTES // 1024 // 1024} MB and run this again."
            )
        if "HASHES" in trouble or "hash mismatch" in trouble.lower():
            return f"A package is not the one that the lock names (see {self.log}): do not use it."
        if any(sign in trouble for sign in _NO_NETWORK):
            return (
                "The package index could not be reached: check the network "
                f"(or pip's and uv's proxy settings) and run this again; details are in {self.log}."
            )
        return f"The environment could not be made ({trouble[-200:].strip()}): see {self.log}."


_NO_NETWORK = (
    "Name or service not known",
    "name resolution",
    "Network is unreachable",
    "dns error",
    "Connection refused",
    "timed out",
    "Failed to fetch",
    "No matching distribution",
)


def locked(lock: str, package: str) -> str:
    """The lines of a hash-locked requirements text that pin one package."""
    lines: list[str] = []
    inside = False
    for line in lock.splitlines():
        if not line.startswith((" ", "#")):
            inside = line.startswith(f"{package}==")
        if inside:
            lines.append(line)
    return "\n".join(lines) + "\n"


def say(text: str) -> None:
    """Progress goes to standard error: standard output belongs to what a call answers."""
    print(f"payops: {text}", file=sys.stderr, flush=True)


def main(root: Path) -> int:
    """Make the environment; exit code 1 and one sentence when that fails."""
    try:
        Environment(root).make()
    except SetUpError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Interrupted; the next call starts the set-up anew.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
