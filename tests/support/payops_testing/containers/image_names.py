"""Which images the compose file and the Dockerfile name; read from them, never repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from payops_local.errors import PlatformError
from payops_local.places import CHECKOUT

COMPOSE_FILE = CHECKOUT / "docker-compose.yml"
DOCKERFILE = CHECKOUT / "Dockerfile"


def compose_services() -> Mapping[str, Any]:
    """The services of the compose file, each as the file describes it."""
    services: Mapping[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))[
        "services"
    ]
    return services


def kafka_image() -> str:
    return str(compose_services()["kafka"]["image"])


def mongo_image() -> str:
    return str(compose_services()["mongo"]["image"])


def python_image() -> str:
    """The image that our own image begins with."""
    found = re.search(r"^FROM (python:\S+) AS base$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise PlatformError("The Dockerfile names no Python image: it must say FROM python:….")
    return found.group(1)
