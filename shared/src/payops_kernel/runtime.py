"""What every service process is made of: database, metrics, traces, health, worker, HTTP app."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from payops_kernel.clock import PlatformClock
from payops_kernel.commands import Commands
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import Report, ServiceHealth
from payops_kernel.idempotency import INDEXES as IDEMPOTENCY_INDEXES
from payops_kernel.logging import configure_logging
from payops_kernel.messaging.consumer import ConsumerLimits
from payops_kernel.messaging.relay_lag import RelayLag
from payops_kernel.mongo import Mongo, connect
from payops_kernel.platform_clock import follow, platform_database
from payops_kernel.restoring.marker import RestorationGate
from payops_kernel.restoring.work import INDEXES as RESTORING_INDEXES
from payops_kernel.settings import ServiceSettings
from payops_kernel.telemetry import Metrics, Tracing
from payops_kernel.worker import Worker

# A slice makes tens of thousands of short-lived objects and hardly a cycle; Python's default of
# looking for cycles every 700 allocations took a third of the time of a slice.
GC_THRESHOLDS = (300_000, 20, 100)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The concrete parts of one process; a service's ``bootstrap.py`` joins them."""

    service: str
    settings: ServiceSettings
    mongo: Mongo
    metrics: Metrics
    tracing: Tracing
    health: ServiceHealth
    clock: PlatformClock
    worker: Worker
    relay_lag: RelayLag
    gate: RestorationGate
    commands: Commands

    def http_app(self, title: str, description: str, routers: Sequence[APIRouter]) -> FastAPI:
        """The service's app; its lifespan starts and stops the worker."""

        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
            platform = platform_database(self.mongo, self.settings.database_prefix)
            await self.gate.renew()  # before the first request: a restored database takes none
            beside = [
                asyncio.create_task(follow(self.clock, platform)),
                asyncio.create_task(self.relay_lag.run()),
                asyncio.create_task(self.gate.run()),
            ]
            if self.settings.role.consumes:
                await self.worker.start()
            try:
                yield
            finally:
                for task in beside:
                    task.cancel()
                if self.settings.role.consumes:
                    await self.worker.stop()
                self.tracing.close()
                self.mongo.close()

        return create_http_app(
            title=title,
            description=description,
            settings=self.settings,
            health=self.health,
            metrics=self.metrics.registry,
            routers=routers,
            lifespan=lifespan,
            tracer=self.tracing.tracer,
        )


def build_runtime(service: str, settings: ServiceSettings) -> Runtime:
    """Connect nothing yet; make the parts that a service needs."""
    configure_logging(service, settings.log_level)
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    mongo = connect(settings.mongo, settings.database(service))
    metrics = Metrics()
    tracing = Tracing(service, settings.trace_file)
    health = ServiceHealth(service, zone=settings.zone)
    limits = ConsumerLimits(session_timeout_ms=settings.session_timeout_ms)
    clock = PlatformClock()
    gate = RestorationGate(mongo)
    worker = Worker(service, mongo, settings.kafka, metrics, tracing, clock, limits, gate.closed)

    relay_lag = RelayLag(mongo, metrics)
    commands = Commands(mongo, worker.works, lambda: relay_lag.refusal, gate.closed)
    worker.store({**IDEMPOTENCY_INDEXES, **RESTORING_INDEXES})

    async def mongo_answers() -> Report:
        await mongo.ping()
        return Report()

    health.add("MongoDB", mongo_answers)
    # Reads go on, so the process stays ready.
    health.add("relay lag", lambda: Report(notices=relay_lag.notices()))
    health.add("restoration", lambda: Report(notices=gate.notices()))
    if settings.role.consumes:
        health.add("worker", worker.report)
    return Runtime(
        service, settings, mongo, metrics, tracing, health, clock, worker, relay_lag, gate, commands
    )
