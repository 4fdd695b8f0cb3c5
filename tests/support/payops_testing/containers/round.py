"""The container round of the test suite: an engine, images, compose up, tests on testcontainers."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from payops_local.console import complain
from payops_local.places import CHECKOUT
from payops_testing.containers.compose_program import compose_command
from payops_testing.containers.engine import Engine, docker_engine
from payops_testing.containers.project import COMPOSE_COMMAND, ComposeProject
from payops_testing.containers.stand_ins import StandIns
from payops_testing.containers.steps import run_step
from payops_testing.containers.wheelhouse import wheelhouse

COMPOSE_TESTS = "tests/containers"
KERNEL_TESTS = "shared/tests"
SELECTED = "containers or (servers and not full and not faults)"
TAKE_DOWN_LIMIT_S = 60.0
KEPT_BUILD_CACHE = "1GB"


def run_container_round(python: Path, arguments: Sequence[str]) -> int:
    """pytest's exit code; raises PlatformError where there can be no engine.

    Everything that it started has ended when it returns. `arguments` go on to pytest.
    """
    with docker_engine(complain) as engine:
        # testcontainers and docker, in this process too, find the engine by these.
        os.environ.update(engine.environment())
        compose = compose_command(complain)
        project = ComposeProject.on_free_ports(compose)
        _make_images(engine, project)
        complain("Running the compose file's tests, then the kernel's tests on testcontainers")
        command = [str(python), "-m", "pytest", "--containers", "-m", SELECTED]
        command += [COMPOSE_TESTS, KERNEL_TESTS, *arguments]
        try:
            return _run(command, os.environ | {COMPOSE_COMMAND: shlex.join(compose)})
        finally:
            project.down()
            if engine.own:
                _tidy_our_engine()


def _make_images(engine: Engine, project: ComposeProject) -> None:
    began = time.monotonic()
    if not engine.own:
        complain("Building the project's image; base images are pulled when first needed")
        project.build()
    else:
        StandIns(engine, complain).ensure()
        complain("Building the project's image from wheels fetched here")
        with wheelhouse():
            project.build()
    complain(f"All images are there after {time.monotonic() - began:.0f} s")


def _run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit code; a Ctrl-C leaves the tests the time to take down what they started."""
    tests = subprocess.Popen(command, cwd=CHECKOUT, env=env)
    try:
        return tests.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            tests.wait(TAKE_DOWN_LIMIT_S)
        raise
    finally:
        tests.kill()
        tests.wait()


def _tidy_our_engine() -> None:
    """What nothing uses any more would otherwise fill the disk round by round."""
    for what in (
        ["container", "prune"],
        ["volume", "prune"],
        ["image", "prune"],
        ["builder", "prune", "--keep-storage", KEPT_BUILD_CACHE],
    ):
        run_step(
            "The engine could not be tidied",
            ["docker", *what, "--force"],
            limit_s=TAKE_DOWN_LIMIT_S,
        )
