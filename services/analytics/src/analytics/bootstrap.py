"""The only place that builds concrete things and joins them."""

from dataclasses import dataclass

from fastapi import APIRouter

from analytics.api.kpis import kpi_routes
from analytics.consumers import PaymentFacts
from analytics.domain.reporting_days import ReportingZone, ReportingZoneChanged
from analytics.settings import Settings
from analytics.store import payments, zones
from analytics.store.kpi_reads import MongoKpiReads
from analytics.use_cases.read_kpis import ReadKpis
from payops_contracts.topics import ANALYTICS_ON_TRANSACTIONS
from payops_kernel.clock import Clock
from payops_kernel.runtime import Runtime, build_runtime

SERVICE = "analytics"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that routes and tests reach for."""

    runtime: Runtime
    routers: tuple[APIRouter, ...]


def bootstrap(settings: Settings, clock: Clock | None = None) -> Service:
    """Join the parts; nothing connects before the app starts."""
    runtime = build_runtime(SERVICE, settings)
    mongo, worker = runtime.mongo, runtime.worker
    zone = ReportingZone(settings.zone)

    async def claim_zone() -> None:
        try:
            await zones.claim_zone(mongo.db, zone.name)
        except ReportingZoneChanged as refusal:
            runtime.health.give_up(str(refusal))
            raise

    worker.store({**payments.INDEXES, **zones.INDEXES})
    worker.prepare(claim_zone)
    worker.consume(ANALYTICS_ON_TRANSACTIONS, PaymentFacts(mongo.db, zone))
    kpis = ReadKpis(MongoKpiReads(mongo), zone, clock or runtime.clock, lag=lambda: worker.lag)
    return Service(runtime, (kpi_routes(kpis),))
