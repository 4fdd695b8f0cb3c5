"""A service as production builds it, on a database of the test's own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import uuid4

from payops_kernel.clock import Clock
from payops_kernel.mongo import connect
from payops_kernel.runtime import Runtime, Service
from payops_kernel.settings import ServiceSettings
from payops_testing.kernel.dropping import drop_database


class BootstrapModule(Protocol):
    """A service's ``bootstrap.py``."""

    SERVICE: str
    bootstrap: Callable[..., Service[Runtime]]


def built(
    module: BootstrapModule, settings: ServiceSettings, clock: Clock | None = None, **fakes: Any
) -> Service[Runtime]:
    """One process of a service, not started; ``fakes`` are as its ``bootstrap`` takes them."""
    return module.bootstrap(settings, Runtime(module.SERVICE, settings, clock), **fakes)


@asynccontextmanager
async def service_on(
    uri: str,
    module: BootstrapModule,
    settings: ServiceSettings,
    clock: Clock | None = None,
    **fakes: Any,
) -> AsyncIterator[Service[Runtime]]:
    """The service on a database of a mongod, dropped afterwards, with its collections made.

    Nothing else runs until its app starts.
    """
    own = {"mongo": uri, "database_prefix": f"test_{uuid4().hex[:12]}_"}
    service = built(module, settings.model_copy(update=own), clock, **fakes)
    await service.runtime.worker.ensure()
    yield service
    await drop(service.runtime)


async def drop(runtime: Runtime) -> None:
    """Drop the database of a service, running or not."""
    again = connect(runtime.settings.mongo, runtime.settings.database(runtime.name))
    await drop_database(again)
    again.close()
    runtime.mongo.close()
