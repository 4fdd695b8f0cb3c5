"""Read the payment KPIs of a window of days, each beside the period before."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from analytics.domain.comparison import Period, is_running, period_before
from analytics.domain.payment_facts import NOTHING, PAID_STATUSES, PaymentTotals
from analytics.domain.reporting_days import ReportingZone, ReportingZoneChanged
from analytics.domain.windows import Window, WindowName, choose_window
from analytics.use_cases.kpi_reads import (
    FAILED_STATUSES,
    Applied,
    Field,
    Found,
    KpiReads,
    Measure,
    Reading,
    Seen,
    Verification,
    exact_amount,
)
from payops_contracts.payments import PaymentType
from payops_kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks: a window as it was given, and one currency or all."""

    window: WindowName | None = None
    first: date | None = None
    last: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """How fresh and how good numbers are."""

    zone: str
    applied: Applied
    lag: int | None
    """Changes that are published and not yet counted; None when this process does not know."""
    verification: Verification | None


@dataclass(frozen=True, slots=True)
class KpiResult(Fresh):
    """A KPI of a window by currency, never summed across currencies."""

    window: Window
    until: datetime | None
    """The present instant while the window is running; None when it is over."""
    before: Period
    currencies: Sequence[str]
    """The one that was asked for, or all that have payments in either period."""
    found: Sequence[Found]


class Asking:
    """What all KPIs are asked with: the zone whose days count, the clock, and what is behind."""

    def __init__(self, zone: ReportingZone, clock: Clock, lag: Callable[[], int | None]) -> None:
        self.zone = zone
        self.clock = clock
        self._lag = lag

    def of_today(self, currency: str | None) -> Question:
        """Today so far."""
        today = self.zone.date_of(self.clock.now())
        return Question(WindowName.CUSTOM, today, today, currency)

    def window(self, question: Question) -> Window:
        """The window that is meant; raises ``WindowRefused``."""
        today = self.zone.date_of(self.clock.now())
        return choose_window(question.window, question.first, question.last, today)

    async def about(
        self,
        question: Question,
        look: Callable[[Window, Period], Awaitable[Seen[Sequence[Found]]]],
    ) -> KpiResult:
        """What is found in a window and in the period before; raises ``WindowRefused``."""
        now, window = self.clock.now(), self.window(question)
        before = period_before(window, now, self.zone)
        seen = await look(window, before)
        fresh = self.fresh(seen)
        return KpiResult(
            fresh.zone,
            fresh.applied,
            fresh.lag,
            fresh.verification,
            window,
            now if is_running(window, self.zone.date_of(now)) else None,
            before,
            _wanted(seen.found, question.currency),
            seen.found,
        )

    def fresh(self, seen: Seen[Any]) -> Fresh:
        """How fresh and good it is; raises ``ReportingZoneChanged``."""
        if seen.zone is not None and seen.zone != self.zone.name:
            raise ReportingZoneChanged(seen.zone, self.zone.name)
        return Fresh(self.zone.name, seen.applied, self._lag(), seen.verification)


class ReadKpis:
    """The use cases behind the KPI routes. Each raises ``WindowRefused`` and read errors."""

    def __init__(
        self,
        reads: KpiReads,
        zone: ReportingZone,
        clock: Clock,
        lag: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._reads = reads
        self._asking = Asking(zone, clock, lag)

    async def daily_payments(self, question: Question) -> KpiResult:
        """Payments that were paid, gross, by day."""
        return await self._read(question, Reading((Field.DAY,), PAID_STATUSES))

    async def payments_by_status(self, question: Question) -> KpiResult:
        """All payments of the window by status."""
        return await self._read(question, Reading((Field.STATUS,)))

    async def amount_by(self, field: Field, question: Question) -> KpiResult:
        """Payments that were paid, gross, by a field and day."""
        return await self._read(question, Reading((field, Field.DAY), PAID_STATUSES))

    async def refunds_and_net(self, question: Question) -> KpiResult:
        """Payments that were paid by day: gross, and what was given back of them."""
        return await self._read(
            question,
            Reading((Field.DAY,), PAID_STATUSES),
            Reading((Field.DAY,), PAID_STATUSES, Measure.REFUNDED),
        )

    async def failure_reasons(self, question: Question) -> KpiResult:
        """Payments that failed, by the reason that upstream gave."""
        return await self._read(question, Reading((Field.FAILURE_CODE,), FAILED_STATUSES))

    async def subscription_payments(self, question: Question) -> KpiResult:
        """Payments of subscriptions by day: those that were paid, and those that failed."""
        by_day, kind = (Field.DAY,), PaymentType.SUBSCRIPTION
        return await self._read(
            question,
            Reading(by_day, PAID_STATUSES, type=kind),
            Reading(by_day, FAILED_STATUSES, type=kind),
        )

    async def today(self, currency: str | None) -> KpiResult:
        """Today's payments by status, beside yesterday's up to now, and refunds not settled."""
        question = self._asking.of_today(currency)
        awaiting = Reading((Field.AWAITING_REFUNDS,), of=Measure.AWAITING)
        return await self._read(question, Reading((Field.STATUS,)), awaiting)

    async def _read(self, question: Question, *readings: Reading) -> KpiResult:
        return await self._asking.about(
            question,
            lambda window, before: self._reads.look(readings, window, before, question.currency),
        )


def _wanted(found: Sequence[Found], currency: str | None) -> list[str]:
    if currency is not None:
        return [currency]
    periods = [period for each in found for period in (each.now, each.before)]
    return sorted(
        {
            name
            for sums in periods
            for name, parts in sums.items()
            if set(parts.values()) - {NOTHING}
        }
    )


def total_of(parts: Collection[PaymentTotals]) -> PaymentTotals:
    """Their sum; raises ``SumTooLarge``."""
    return PaymentTotals(
        sum(totals.payments for totals in parts),
        exact_amount(sum(totals.amount_minor for totals in parts)),
    )
