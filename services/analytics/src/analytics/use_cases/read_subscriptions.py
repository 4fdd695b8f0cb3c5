"""Read the KPIs of subscriptions: of a window of days beside the period before, and as of now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from analytics.domain.comparison import Period
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window
from analytics.use_cases.kpi_reads import Found, Seen, Sums
from analytics.use_cases.read_kpis import Asking, Fresh, KpiResult, Question
from payops_kernel.clock import Clock


class SubscriptionReads(Protocol):
    """Where sums come from. Both raise ``Unavailable``, ``QueryTooBroad`` or ``SumTooLarge``."""

    async def look(
        self, window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        """Two found: what started and ended by part and word, in the window also by day; and the
        same of all the days before the window, and before the period before.
        """
        ...

    async def standing(self, currency: str | None) -> Seen[Sums]:
        """All subscriptions by status, those that are Not Active by reason."""
        ...


@dataclass(frozen=True, slots=True)
class Standing(Fresh):
    """Where subscriptions stand now."""

    found: Sums
    """Currency → part and word → number and monthly amount."""


class ReadSubscriptions:
    """The use cases behind the routes. Each raises ``WindowRefused`` and read errors."""

    def __init__(
        self,
        reads: SubscriptionReads,
        zone: ReportingZone,
        clock: Clock,
        lag: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._reads = reads
        self._asking = Asking(zone, clock, lag)

    async def by_day(self, question: Question) -> KpiResult:
        """What started and ended, and what ran before."""
        return await self._asking.about(
            question,
            lambda window, before: self._reads.look(window, before, question.currency),
        )

    async def by_status(self, currency: str | None) -> Standing:
        """Where all of them stand."""
        seen = await self._reads.standing(currency)
        fresh = self._asking.fresh(seen)
        return Standing(fresh.zone, fresh.applied, fresh.lag, fresh.verification, seen.found)
