"""The KPI routes over sums that are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from analytics.api.kpis import kpi_routes
from analytics.api.verifications import verification_routes
from analytics.domain.comparison import Period
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window
from analytics.use_cases.kpi_reads import (
    Applied,
    AppliedPosition,
    Found,
    Reading,
    Seen,
    Sums,
    Verification,
)
from analytics.use_cases.read_kpis import ReadKpis
from analytics.use_cases.verify_kpis import Asked, VerifyKpis
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.clock import DrivenClock
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
"""Still 2 March in São Paulo, half past ten at night."""
MADE = Verification(NOW, True, 0, 7)
NO_CHANGE = {"count_change_percent": None, "amount_change_percent": None}
NOTHING_BEFORE = {"count": 0, "amount_minor": 0, **NO_CHANGE}


@dataclass
class GivenSums:
    """Sums that are given, one found a reading. Satisfies ``KpiReads``."""

    found: Sequence[Found] = ()
    zone: str | None = "America/Sao_Paulo"
    asked: list[tuple[Sequence[Reading], Window, Period, str | None]] = field(default_factory=list)

    async def look(
        self, readings: Sequence[Reading], window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        self.asked.append((readings, window, before, currency))
        applied = Applied(NOW, [AppliedPosition(TRANSACTIONS.name, 0, 7)])
        return Seen(self.found or [Found({}, {})] * len(readings), applied, self.zone, MADE)


class NoVerifications:
    """Remembers that one was asked for. Satisfies ``Verifications``."""

    async def ask(self) -> Asked:
        return Asked(NOW, MADE)

    async def claim(self) -> datetime | None:
        return None

    async def recount(self, at: datetime) -> Verification:
        raise AssertionError("nothing is due")

    async def keep(self, made: Verification) -> None:
        raise AssertionError("nothing is due")


def given_sums(now: Sums, before: Sums | None = None) -> GivenSums:
    return GivenSums([Found(now, before or {})])


def kpi_app(reads: GivenSums, lag: int | None = 3) -> FastAPI:
    kpis = ReadKpis(reads, ReportingZone("America/Sao_Paulo"), DrivenClock(NOW), lambda: lag)
    return create_http_app(
        title="Sample",
        settings=ServiceSettings(),
        health=ServiceHealth("analytics"),
        metrics=CollectorRegistry(),
        routers=[kpi_routes(kpis), verification_routes(VerifyKpis(NoVerifications()))],
    )
