"""Read the payment KPIs of a window of days, each beside the period before."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analytics.domain.comparison import Period, is_running, period_before
from analytics.domain.payment_facts import NOTHING, PAID_STATUSES, PaymentTotals
from analytics.domain.reporting_days import ReportingZone, ReportingZoneChanged
from analytics.domain.windows import Window, WindowName, choose_window
from analytics.use_cases.kpi_reads import (
    Applied,
    Field,
    Found,
    KpiReads,
    Measure,
    Reading,
    Verification,
    exact_amount,
)
from payops_contracts.payments import TransactionStatus
from payops_kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks: a window as it was given, and one currency or all."""

    window: WindowName | None = None
    first: date | None = None
    last: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class KpiResult:
    """A KPI by currency, never summed across currencies, and how fresh and how good it is."""

    window: Window
    until: datetime | None
    """The present instant while the window is running; None when it is over."""
    before: Period
    zone: str
    applied: Applied
    lag: int | None
    """Changes that are published and not yet counted; None when this process does not know."""
    verification: Verification | None
    currencies: Sequence[str]
    """The one that was asked for, or all that have payments in either period."""
    found: Sequence[Found]


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
        self._zone = zone
        self._clock = clock
        self._lag = lag

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
        return await self._read(
            question, Reading((Field.FAILURE_CODE,), (TransactionStatus.FAILED,))
        )

    async def today(self, currency: str | None) -> KpiResult:
        """Today's payments by status, beside yesterday's up to now, and refunds not settled."""
        today = self._zone.date_of(self._clock.now())
        question = Question(WindowName.CUSTOM, today, today, currency)
        awaiting = Reading((Field.AWAITING_REFUNDS,), of=Measure.AWAITING)
        return await self._read(question, Reading((Field.STATUS,)), awaiting)

    async def _read(self, question: Question, *readings: Reading) -> KpiResult:
        now = self._clock.now()
        today = self._zone.date_of(now)
        window = choose_window(question.window, question.first, question.last, today)
        before = period_before(window, now, self._zone)
        seen = await self._reads.look(readings, window, before, question.currency)
        if seen.zone is not None and seen.zone != self._zone.name:
            raise ReportingZoneChanged(seen.zone, self._zone.name)
        return KpiResult(
            window,
            now if is_running(window, today) else None,
            before,
            self._zone.name,
            seen.applied,
            self._lag(),
            seen.verification,
            _wanted(seen.found, question.currency),
            seen.found,
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
