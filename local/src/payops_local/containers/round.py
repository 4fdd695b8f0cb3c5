"""The container round of the test suite: an engine, images, compose up, tests on testcontainers."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from payops_local.console import complain
from payops_local.containers.compose_program import compose_command
from payops_local.containers.engine import Engine, docker_engine
from payops_local.containers.project import COMPOSE_COMMAND, ComposeProject
from payops_local.containers.stand_ins import StandIns
from payops_local.containers.wheelhouse import wheelhouse
from payops_local.places import CHECKOUT

COMPOSE_TESTS = "tests/containers"
KERNEL_TESTS = "shared/tests"
SELECTED = "containers or (servers and not full and not faults)"


def run_container_round(python: Path, arguments: Sequence[str]) -> int:
    """pytest's exit code; raises PlatformError where there can be no engine.

    Everything that it started has ended when it returns. `arguments` go on to pytest.
    """
    with docker_engine(_say) as engine:
        # testcontainers and docker, in this process too, find the engine by these.
        os.environ.update(engine.environment())
        compose = compose_command(_say)
        _make_images(engine, compose)
        os.environ[COMPOSE_COMMAND] = shlex.join(compose)
        _say("Running the compose file's tests, then the kernel's tests on testcontainers")
        command = [str(python), "-m", "pytest", "--containers", "-m", SELECTED]
        command += [COMPOSE_TESTS, KERNEL_TESTS, *arguments]
        return subprocess.run(command, cwd=CHECKOUT, check=False).returncode


def _make_images(engine: Engine, compose: list[str]) -> None:
    began = time.monotonic()
    project = ComposeProject.on_free_ports(compose)
    if not engine.own:
        _say("Building the project's image; base images are pulled when first needed")
        project.build()
    else:
        StandIns(engine, _say).ensure()
        _say("Building the project's image from wheels fetched here")
        with wheelhouse():
            project.build()
    _say(f"All images are there after {time.monotonic() - began:.0f} s")


def _say(text: str) -> None:
    complain(text)
