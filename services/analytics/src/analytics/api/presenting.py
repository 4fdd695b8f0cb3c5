"""KPI answers as they go over the wire."""

from collections.abc import Callable, Mapping
from typing import Any

from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.percentages import hundredths
from analytics.use_cases.read_kpis import KpiResult, total_of
from payops_contracts.labels import TRANSACTION_STATUS, label
from payops_contracts.payments import TransactionStatus

Body = dict[str, Any]
Parts = Mapping[str, PaymentTotals]


def daily_payments_body(answer: KpiResult) -> Body:
    """A ``DailyPaymentsOut``."""
    return _body(answer, "days", _days)


def payments_by_status_body(answer: KpiResult) -> Body:
    """A ``PaymentsByStatusOut``."""
    return _body(answer, "statuses", _statuses)


def _days(parts: Parts) -> list[Body]:
    return [{"day": day, **_totals(totals)} for day, totals in parts.items()]


def _statuses(parts: Parts) -> list[Body]:
    shares = hundredths([totals.payments for totals in parts.values()])
    return [
        {
            "status": status,
            "label": label(TRANSACTION_STATUS, TransactionStatus(status)),
            **_totals(totals),
            "percentage": share / 100,
        }
        for (status, totals), share in zip(parts.items(), shares, strict=True)
    ]


def _body(answer: KpiResult, name: str, shown: Callable[[Parts], list[Body]]) -> Body:
    window, applied = answer.window, answer.applied
    return {
        "window": {"name": window.name, "from": window.first, "to": window.last},
        "zone": answer.zone,
        "as_of": {"at": applied.at, "positions": applied.positions},
        "lag": answer.lag,
        "currencies": [
            {"currency": currency, "total": _totals(total_of(parts.values())), name: shown(parts)}
            for currency, parts in answer.currencies.items()
        ],
    }


def _totals(totals: PaymentTotals) -> Body:
    return {"count": totals.payments, "amount_minor": totals.amount_minor}
