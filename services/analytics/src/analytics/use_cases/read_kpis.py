"""Read the payment KPIs: daily payments, and payments by status, for a window of days."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.domain.reporting_days import ReportingZone, ReportingZoneChanged
from analytics.domain.windows import Window, WindowName, choose_window
from analytics.use_cases.kpi_reads import Applied, KpiReads, KpiSums, Sums, exact_amount
from payops_contracts.payments import TransactionStatus
from payops_kernel.clock import Clock

PAID_STATUSES = (
    TransactionStatus.PAID,
    TransactionStatus.PARTIALLY_REFUNDED,
    TransactionStatus.TOTALLY_REFUNDED,
)
"""A refunded payment was paid: it counts with its whole amount."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks: a window as it was given, and one currency or all."""

    window: WindowName | None = None
    first: date | None = None
    last: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class KpiResult:
    """A KPI by currency, never summed across currencies, and how fresh it is."""

    window: Window
    zone: str
    applied: Applied
    lag: int | None
    """Changes that are published and not yet counted; None when this process does not know."""
    currencies: Sums
    """Of each currency every day of the window, or every status, in order; empty ones too."""


class ReadKpis:
    """The use cases behind the KPI routes."""

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
        """Payments that were paid, gross, by day. Raises ``WindowRefused`` and read errors."""
        window = self._window(question)
        found = await self._reads.sums("day", window, question.currency, PAID_STATUSES)
        return self._result(question, window, found, window.days())

    async def payments_by_status(self, question: Question) -> KpiResult:
        """All payments of the window by status. Raises ``WindowRefused`` and read errors."""
        window = self._window(question)
        found = await self._reads.sums("status", window, question.currency)
        return self._result(question, window, found, list(TransactionStatus))

    def _result(
        self, question: Question, window: Window, found: KpiSums, parts: Sequence[str]
    ) -> KpiResult:
        if found.zone is not None and found.zone != self._zone.name:
            raise ReportingZoneChanged(found.zone, self._zone.name)
        currencies = {
            each: {part: found.sums.get(each, {}).get(part, NOTHING) for part in parts}
            for each in _wanted(found.sums, question.currency)
        }
        return KpiResult(window, self._zone.name, found.applied, self._lag(), currencies)

    def _window(self, question: Question) -> Window:
        today = self._zone.date_of(self._clock.now())
        return choose_window(question.window, question.first, question.last, today)


def _wanted(sums: Sums, currency: str | None) -> list[str]:
    """The currencies to answer with: the one that was asked for, or all that have payments."""
    if currency is not None:
        return [currency]
    return sorted(name for name, parts in sums.items() if set(parts.values()) - {NOTHING})


def total_of(parts: Collection[PaymentTotals]) -> PaymentTotals:
    """Their sum; raises ``SumTooLarge``."""
    return PaymentTotals(
        sum(totals.payments for totals in parts),
        exact_amount(sum(totals.amount_minor for totals in parts)),
    )
