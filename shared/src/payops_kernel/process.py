"""What every process of the platform is made of: logs, metrics, traces, health, the HTTP app.

A process with a database and a worker is a :class:`~payops_kernel.runtime.Runtime`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.ending import end
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.logging import configure_logging
from payops_kernel.settings import ServiceSettings
from payops_kernel.telemetry import Tracing
from payops_kernel.zones import Zone


class Process:
    """The parts of one process; nothing connects before its app starts."""

    def __init__(
        self, name: str, settings: ServiceSettings, registry: CollectorRegistry | None = None
    ) -> None:
        """``name`` is the service's; ``registry`` has what ``/metrics`` shows."""
        configure_logging(name, settings.log_level)
        self.name = name
        self.settings = settings
        self.registry = registry or CollectorRegistry()
        self.tracing = Tracing(name, settings.trace_file)
        self.health = ServiceHealth(name, zone=settings.zone)
        self.zone = Zone(settings.zone)
        """The reporting zone."""
        self._routers: list[APIRouter] = []
        self._beside: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.ends = AsyncExitStack()
        """What is closed when the app ends, last in first out."""
        self.ends.callback(self.tracing.close)

    def service(
        self,
        *routers: APIRouter,
        verifier: TokenVerifier | None = None,
        schemas: Mapping[str, Any] | None = None,
    ) -> "Service[Self]":
        """The service: its own routers, in any order, and those of the mechanisms that it uses.

        ``verifier`` and ``schemas`` are as for ``create_http_app``.
        """
        return Service(self, (*self._routers, *routers), verifier, schemas)

    def run_in_background(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this beside the requests, from the app's start to its end."""
        self._beside.append(work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """From the app's start to its end."""
        async with self.ends:
            tasks = [asyncio.create_task(work()) for work in self._beside]
            try:
                yield
            finally:
                await end(tasks)


P = TypeVar("P", bound=Process)


@dataclass(frozen=True, slots=True)
class Service(Generic[P]):
    """What a ``bootstrap`` makes: a process and its routes."""

    runtime: P
    routers: tuple[APIRouter, ...]
    verifier: TokenVerifier | None
    schemas: Mapping[str, Any] | None

    def http_app(self, title: str, description: str) -> FastAPI:
        """The app: the routes, health, metrics, problems, limits and tokens."""
        runtime = self.runtime
        return create_http_app(
            title=title,
            description=description,
            settings=runtime.settings,
            health=runtime.health,
            metrics=runtime.registry,
            routers=self.routers,
            lifespan=lambda _app: runtime.running(),
            verifier=self.verifier,
            tracer=runtime.tracing.tracer,
            schemas=self.schemas,
        )
