"""Read the KPIs of debits: of a window of days beside the period before, and as of now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from analytics.domain.comparison import Period
from analytics.domain.debit_facts import (
    BY_BATCH,
    BY_NUMBER,
    MONEY,
    OUTCOMES,
    REASON,
    RECOVERED,
    by,
)
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window
from analytics.use_cases.kpi_reads import Found, Seen
from analytics.use_cases.read_kpis import Asking, Fresh, KpiResult, Question
from payops_kernel.clock import Clock

SOON = timedelta(hours=24)
REPEATED = 3
"""From how many times on the same failure is a repeated one."""


class DebitReading(NamedTuple):
    """Parts of the buckets, and whether a day stands behind each."""

    parts: tuple[str, ...]
    by_day: bool = False


MONEY_BY_DAY = DebitReading(tuple(part.by for part in MONEY), by_day=True)
ATTEMPTS_BY_DAY = DebitReading(tuple(by(BY_NUMBER, each) for each in OUTCOMES), by_day=True)
ATTEMPTS_BY_NUMBER = DebitReading(ATTEMPTS_BY_DAY.parts)
ATTEMPTS_BY_BATCH = DebitReading(tuple(by(BY_BATCH, each) for each in OUTCOMES))
BY_REASON = DebitReading((REASON, RECOVERED))


class Repeat(NamedTuple):
    """The same failure reason, again and again."""

    of: str
    """``member``, ``batch`` or ``day``."""
    currency: str
    value: str
    """The mPass number, the batch code, the day."""
    reason: str | None
    """The code; None when nobody gave one."""
    totals: PaymentTotals
    first_day: str
    last_day: str


class Standing(NamedTuple):
    """What stands now, by currency: number and amount."""

    retries: dict[str, PaymentTotals]
    """Debits that are planned until an instant."""
    exceptions: dict[str, PaymentTotals]


class DebitReads(Protocol):
    """Where sums come from. All raise ``Unavailable``, ``QueryTooBroad`` or ``SumTooLarge``."""

    async def look(
        self, reading: DebitReading, window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        """One found: the parts by name and word, in the window also by day."""
        ...

    async def exposure(
        self, now: datetime, today: date, currency: str | None
    ) -> Seen[dict[str, dict[str, PaymentTotals]]]:
        """Currency → rail → what is collected and may still go back at an instant."""
        ...

    async def repeated(
        self, window: Window, currency: str | None, at_least: int
    ) -> Seen[list[Repeat]]:
        """Failures that are repeated within a window, the most frequent ones of each kind."""
        ...

    async def standing(self, until: datetime, currency: str | None) -> Seen[Standing]:
        """Retries that are planned until an instant, and open exceptions."""
        ...


@dataclass(frozen=True, slots=True)
class Exposure(Fresh):
    """What may go back as of now."""

    at: datetime
    rails: dict[str, dict[str, PaymentTotals]]
    """Currency → rail → number and amount."""


@dataclass(frozen=True, slots=True)
class Repeats(Fresh):
    """Repeated failures of a window."""

    window: Window
    found: Sequence[Repeat]


@dataclass(frozen=True, slots=True)
class DebitsToday:
    """Today's attempts beside yesterday's, and what stands now."""

    attempts: KpiResult
    standing: Standing
    retries_until: datetime


class ReadDebits:
    """The use cases behind the routes. Each raises ``WindowRefused`` and read errors."""

    def __init__(
        self,
        reads: DebitReads,
        zone: ReportingZone,
        clock: Clock,
        lag: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._reads = reads
        self._asking = Asking(zone, clock, lag)

    async def about(self, question: Question, reading: DebitReading) -> KpiResult:
        """Parts of charges and attempts in a window."""
        return await self._asking.about(
            question,
            lambda window, before: self._reads.look(reading, window, before, question.currency),
        )

    async def exposure(self, currency: str | None) -> Exposure:
        """What is collected and may still go back."""
        now = self._asking.clock.now()
        seen = await self._reads.exposure(now, self._asking.zone.date_of(now), currency)
        fresh = self._asking.fresh(seen)
        return Exposure(fresh.zone, fresh.applied, fresh.lag, fresh.verification, now, seen.found)

    async def repeated(self, question: Question, at_least: int = REPEATED) -> Repeats:
        """Failure reasons that repeat for a member, a batch or a day."""
        window = self._asking.window(question)
        seen = await self._reads.repeated(window, question.currency, at_least)
        fresh = self._asking.fresh(seen)
        return Repeats(fresh.zone, fresh.applied, fresh.lag, fresh.verification, window, seen.found)

    async def today(self, currency: str | None) -> DebitsToday:
        """Today's attempts, retries of the next :data:`SOON`, and open exceptions."""
        until = self._asking.clock.now() + SOON
        attempts = await self.about(self._asking.of_today(currency), ATTEMPTS_BY_NUMBER)
        seen = await self._reads.standing(until, currency)
        return DebitsToday(attempts, seen.found, until)
