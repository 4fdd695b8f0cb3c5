"""KPI answers as they go over the wire."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from analytics.domain.comparison import Period, change_percent
from analytics.domain.lines import Line, Totals, lines_of
from analytics.domain.payment_facts import NOTHING, PAID_STATUSES, PaymentTotals
from analytics.domain.percentages import hundredths
from analytics.domain.windows import Window
from analytics.use_cases.kpi_reads import Applied, Field, Sums, Verification
from analytics.use_cases.read_kpis import Fresh, KpiResult, total_of
from analytics.use_cases.verify_kpis import Asked
from payops_contracts.labels import (
    CHANNEL,
    METHOD,
    PAYMENT_TYPE,
    PROVIDER,
    TRANSACTION_STATUS,
    label,
)
from payops_contracts.payments import TransactionStatus

Body = dict[str, Any]

LABELS = {
    Field.METHOD: METHOD,
    Field.CHANNEL: CHANNEL,
    Field.PROVIDER: PROVIDER,
    Field.TYPE: PAYMENT_TYPE,
}
"""What amounts can be told apart by, and the words for it."""


def daily_payments_body(answer: KpiResult) -> Body:
    """A ``DailyPaymentsOut``."""
    days = answer.window.days()

    def shown(now: Totals, _before: Totals) -> Body:
        return {"days": [{"day": day, **tally(now.get((day,), NOTHING))} for day in days]}

    return _body(answer, shown)


def payments_by_status_body(answer: KpiResult) -> Body:
    """A ``PaymentsByStatusOut``."""

    def shown(now: Totals, before: Totals) -> Body:
        totals = [now.get((status,), NOTHING) for status in TransactionStatus]
        shares = hundredths([each.payments for each in totals])
        return {
            "statuses": [
                {
                    "status": status,
                    "label": label(TRANSACTION_STATUS, status),
                    **tally(each),
                    "percentage": share / 100,
                    "previous": compared(each, before.get((status,), NOTHING)),
                }
                for status, each, share in zip(TransactionStatus, totals, shares, strict=True)
            ]
        }

    return _body(answer, shown)


def amount_by_body(field: Field, answer: KpiResult) -> Body:
    """An ``AmountByOut``."""
    days, words = answer.window.days(), LABELS[field]

    def line(each: Line) -> Body:
        totals = [each.by_day.get(day, NOTHING) for day in days]
        return {
            "value": each.value,
            "label": "Others" if each.is_others else label(words, each.value or ""),
            "is_others": each.is_others,
            "total": tally(each.total),
            "previous": compared(each.total, each.before),
            "counts": [day.payments for day in totals],
            "amounts_minor": [day.amount_minor for day in totals],
        }

    def shown(now: Totals, before: Totals) -> Body:
        return {"lines": [line(each) for each in lines_of(now, before)]}

    return {**_body(answer, shown), "by": field, "days": days}


def failure_reasons_body(answer: KpiResult) -> Body:
    """A ``FailureReasonsOut``."""

    def shown(now: Totals, before: Totals) -> Body:
        lines = lines_of(now, before)
        shares = hundredths([each.total.payments for each in lines])
        return {
            "reasons": [
                {
                    "reason": each.value,
                    "label": "Others" if each.is_others else each.value or "No reason given",
                    "is_others": each.is_others,
                    **tally(each.total),
                    "percentage": share / 100,
                    "previous": compared(each.total, each.before),
                }
                for each, share in zip(lines, shares, strict=True)
            ]
        }

    return _body(answer, shown)


def refunds_and_net_body(answer: KpiResult) -> Body:
    """A ``RefundsAndNetOut``."""
    paid, refunded = answer.found
    days = answer.window.days()

    def currency(name: str) -> Body:
        gross, back = of_currency(paid.now, name), of_currency(refunded.now, name)
        now = _net(total_of(gross.values()), total_of(back.values()))
        before = _net(*(total_of(of_currency(each.before, name).values()) for each in answer.found))
        changes = {
            f"{each}_change_percent": change_percent(now[f"{each}_minor"], before[f"{each}_minor"])
            for each in ("gross", "refunded", "net")
        }
        return {
            "currency": name,
            "total": now,
            "previous": {**before, **changes},
            "days": [
                {"day": day, **_net(gross.get((day,), NOTHING), back.get((day,), NOTHING))}
                for day in days
            ],
        }

    return {**head(answer), "currencies": [currency(name) for name in answer.currencies]}


def today_body(answer: KpiResult) -> Body:
    """A ``TodayOut``."""
    by_status, awaiting = answer.found

    def currency(name: str) -> Body:
        now, before = of_currency(by_status.now, name), of_currency(by_status.before, name)

        def figure(*statuses: TransactionStatus) -> Body:
            today, yesterday = (
                total_of([period.get((status,), NOTHING) for status in statuses])
                for period in (now, before)
            )
            return {**tally(today), "previous": compared(today, yesterday)}

        return {
            "currency": name,
            "payments": figure(*TransactionStatus),
            "paid": figure(*PAID_STATUSES),
            "failed": figure(TransactionStatus.FAILED),
            "refunds_awaiting": _awaiting(of_currency(awaiting.now, name)),
        }

    return {**head(answer), "currencies": [currency(name) for name in answer.currencies]}


def _awaiting(by_refunds: Totals) -> Body:
    """An ``AwaitingOut`` of payments by how many of their refunds wait."""
    total = total_of(by_refunds.values())
    refunds = sum(int(key[0] or 0) * each.payments for key, each in by_refunds.items())
    return {"count": refunds, "amount_minor": total.amount_minor, "payments": total.payments}


def verification_asked_body(asked: Asked) -> Body:
    """A ``VerificationAskedOut``."""
    return {"requested_at": asked.requested_at, "verified": _verified(asked.last)}


def _body(answer: KpiResult, shown: Callable[[Totals, Totals], Body]) -> Body:
    """Of a KPI that is one reading: each currency's totals, and what ``shown`` makes of it."""
    (found,) = answer.found

    def currency(name: str) -> Body:
        now, before = of_currency(found.now, name), of_currency(found.before, name)
        total = total_of(now.values())
        return {
            "currency": name,
            "total": tally(total),
            "previous": compared(total, total_of(before.values())),
            **shown(now, before),
        }

    return {**head(answer), "currencies": [currency(name) for name in answer.currencies]}


def head(answer: KpiResult) -> Body:
    """A ``KpiOut``."""
    return {
        "window": window_out(answer.window, answer.until),
        "previous": _days(answer.before),
        **fresh(answer),
    }


def window_out(window: Window, until: datetime | None) -> Body:
    """A ``WindowOut``."""
    return {"name": window.name, **_days(Period(window.first, window.last, until))}


def fresh(answer: Fresh) -> Body:
    """A ``FreshOut``."""
    return {
        "zone": answer.zone,
        "as_of": _as_of(answer.applied),
        "lag": answer.lag,
        "verified": _verified(answer.verification),
    }


def _days(period: Period) -> Body:
    return {"from": period.first, "to": period.last, "until": period.until}


def _as_of(applied: Applied) -> Body:
    return {"at": applied.at, "positions": applied.positions}


def _verified(made: Verification | None) -> Body | None:
    return None if made is None else asdict(made)


def of_currency(sums: Sums, currency: str) -> Totals:
    """What is found of a currency."""
    return sums.get(currency, {})


def tally(totals: PaymentTotals) -> Body:
    """A ``TallyOut``."""
    return {"count": totals.payments, "amount_minor": totals.amount_minor}


def compared(now: PaymentTotals, before: PaymentTotals) -> Body:
    """A ``BeforeOut``."""
    return {
        **tally(before),
        "count_change_percent": change_percent(now.payments, before.payments),
        "amount_change_percent": change_percent(now.amount_minor, before.amount_minor),
    }


def _net(gross: PaymentTotals, refunded: PaymentTotals) -> Body:
    return {
        "count": gross.payments,
        "refunded_count": refunded.payments,
        "gross_minor": gross.amount_minor,
        "refunded_minor": refunded.amount_minor,
        "net_minor": gross.amount_minor - refunded.amount_minor,
    }
