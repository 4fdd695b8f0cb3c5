"""The compose file, brought up once for the tests that look at it running."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

import pytest

from payops_testing.containers.project import COMPOSE_COMMAND, ComposeProject


@pytest.fixture(scope="module")
def platform() -> Iterator[ComposeProject]:
    """The platform from images, on free ports, gone with its data after the module."""
    project = ComposeProject.on_free_ports(
        shlex.split(os.environ.get(COMPOSE_COMMAND, "docker compose"))
    )
    project.down()
    try:
        project.up()
        yield project
    finally:
        project.down()
