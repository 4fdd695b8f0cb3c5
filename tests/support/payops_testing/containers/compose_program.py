"""Compose v2: the engine's plugin, else built once from its Go module."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from payops_local.errors import PlatformError
from payops_testing.containers.engine import ASK_LIMIT_S, DOCKER_FOLDER
from payops_testing.containers.steps import run_step

COMPOSE_VERSION = "v2.40.3"
BUILD_LIMIT_S = 1_200.0
NICENESS = 10
_MODULE = "github.com/docker/compose/v2/cmd"


def compose_command(say: Callable[[str], None]) -> list[str]:
    """How compose is called: `docker compose`, or the path of the program built here.

    Raises PlatformError where there is neither the plugin nor a Go toolchain.
    """
    if _plugin_works():
        return ["docker", "compose"]
    program = DOCKER_FOLDER / f"docker-compose-{COMPOSE_VERSION}"
    if not program.exists():
        _build(program, say)
    return [str(program)]


def _plugin_works() -> bool:
    command = ["docker", "compose", "version", "--short"]
    done = subprocess.run(command, capture_output=True, timeout=ASK_LIMIT_S, check=False)
    return done.returncode == 0


def _build(program: Path, say: Callable[[str], None]) -> None:
    go = shutil.which("go")
    if go is None:
        raise PlatformError(
            "Docker's compose plugin is missing, and so is Go, with which it can be built: install "
            "one of them (docker-compose-plugin, or Go 1.24 or newer) and run this again."
        )
    say(f"Building Docker compose {COMPOSE_VERSION} from its Go module (once, some minutes)")
    began = time.monotonic()
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent, prefix="compose-") as scratch:
        built = Path(scratch) / "docker-compose"
        _go(go, scratch, "mod", "init", "scratch")
        _go(go, scratch, "get", f"{_MODULE}@{COMPOSE_VERSION}")
        _go(go, scratch, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(built), _MODULE)
        built.replace(program)
    say(f"Built it in {time.monotonic() - began:.0f} s")


def _go(go: str, folder: str, *arguments: str) -> None:
    run_step(
        "Docker compose could not be built from its Go module (or install docker-compose-plugin)",
        ["nice", "-n", str(NICENESS), go, *arguments],
        limit_s=BUILD_LIMIT_S,
        cwd=Path(folder),
        env=os.environ | {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"},
    )
