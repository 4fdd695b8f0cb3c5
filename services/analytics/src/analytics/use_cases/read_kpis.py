"""Read the payment KPIs: daily payments, and payments by status, for a window of days."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.domain.percentages import hundredths
from analytics.domain.reporting_days import ReportingZone, ReportingZoneChanged
from analytics.domain.windows import Window, WindowName, choose_window
from analytics.use_cases.kpi_reads import Applied, KpiReads, KpiSnapshot, Sums, exact_amount
from payops_contracts.payments import TransactionStatus
from payops_kernel.clock import Clock

PAID_STATUSES = (
    TransactionStatus.PAID,
    TransactionStatus.PARTIALLY_REFUNDED,
    TransactionStatus.TOTALLY_REFUNDED,
)
"""A refunded payment was paid: it counts with its whole amount."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks: a window as it was given, and one currency or all."""

    window: WindowName | None = None
    first: date | None = None
    last: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class DailyPayments:
    """One currency's payments that were paid, gross, on the day of their Date."""

    currency: str
    total: PaymentTotals
    days: Sequence[tuple[str, PaymentTotals]]
    """Every day of the window, empty ones too."""


@dataclass(frozen=True, slots=True)
class StatusShare:
    """The payments with one status. ``hundredths``: share by count, hundredths of a percent."""

    status: TransactionStatus
    totals: PaymentTotals
    hundredths: int


@dataclass(frozen=True, slots=True)
class PaymentsByStatus:
    """One currency's payments of the window, by status; every status is there."""

    currency: str
    total: PaymentTotals
    shares: Sequence[StatusShare]


@dataclass(frozen=True, slots=True)
class KpiResult(Generic[R]):
    """A KPI by currency, never summed across currencies, and how fresh it is."""

    window: Window
    zone: str
    applied: Applied
    lag: int | None
    """Changes that are published and not yet counted; None when this process does not know."""
    currencies: Sequence[R]


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

    async def daily_payments(self, question: Question) -> KpiResult[DailyPayments]:
        """Payments that were paid, gross, by day. Raises ``WindowRefused`` and read errors."""
        window = self._window(question)

        async def look(snapshot: KpiSnapshot) -> tuple[Applied, Sums]:
            applied = await self._applied(snapshot)
            return applied, await snapshot.by_day(window, PAID_STATUSES, question.currency)

        applied, sums = await self._reads.look(look)
        days = window.days()
        rows = [
            DailyPayments(
                currency=currency,
                total=_total(by_day.values()),
                days=[(day, by_day.get(day, NOTHING)) for day in days],
            )
            for currency, by_day in _wanted(sums, question.currency)
        ]
        return KpiResult(window, self._zone.name, applied, self._lag(), rows)

    async def payments_by_status(self, question: Question) -> KpiResult[PaymentsByStatus]:
        """All payments of the window by status; the shares are by count and add up to 100 %."""
        window = self._window(question)

        async def look(snapshot: KpiSnapshot) -> tuple[Applied, Sums]:
            applied = await self._applied(snapshot)
            return applied, await snapshot.by_status(window, question.currency)

        applied, sums = await self._reads.look(look)
        rows = [
            PaymentsByStatus(currency, _total(by_status.values()), _shares(by_status))
            for currency, by_status in _wanted(sums, question.currency)
        ]
        return KpiResult(window, self._zone.name, applied, self._lag(), rows)

    def _window(self, question: Question) -> Window:
        today = self._zone.date_of(self._clock.now())
        return choose_window(question.window, question.first, question.last, today)

    async def _applied(self, snapshot: KpiSnapshot) -> Applied:
        counted = await snapshot.counted_zone()
        if counted is not None and counted != self._zone.name:
            raise ReportingZoneChanged(counted, self._zone.name)
        return await snapshot.applied()


def _wanted(sums: Sums, currency: str | None) -> list[tuple[str, dict[str, PaymentTotals]]]:
    """The currencies to answer with: the one that was asked for, or all that have payments."""
    if currency is not None:
        return [(currency, dict(sums.get(currency, {})))]
    return [
        (name, dict(all_totals))
        for name, all_totals in sorted(sums.items())
        if any(totals != NOTHING for totals in all_totals.values())
    ]


def _total(all_totals: Collection[PaymentTotals]) -> PaymentTotals:
    return PaymentTotals(
        sum(totals.payments for totals in all_totals),
        exact_amount(sum(totals.amount_minor for totals in all_totals)),
    )


def _shares(by_status: dict[str, PaymentTotals]) -> list[StatusShare]:
    all_totals = [by_status.get(status, NOTHING) for status in TransactionStatus]
    shares = hundredths([totals.payments for totals in all_totals])
    return [
        StatusShare(status, totals, share)
        for status, totals, share in zip(TransactionStatus, all_totals, shares, strict=True)
    ]
