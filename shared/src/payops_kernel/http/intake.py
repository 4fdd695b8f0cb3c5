"""Whether requests that write are taken: a service may refuse them for a while, reads never."""

from collections.abc import Callable

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Intake = Callable[[], None]
"""Raises a ``PayOpsError`` while no writes are taken."""


def writes_only_while(intake: Intake) -> Dependency:
    """A dependency for routers: asks ``intake`` before every request that may change something."""

    async def writes_are_taken(request: Request) -> None:
        if request.method not in READING_METHODS:
            intake()

    dependency: Dependency = Depends(writes_are_taken)
    return dependency
