"""KPI answers as they go over the wire."""

from typing import Any

from analytics.domain.payment_facts import PaymentTotals
from analytics.use_cases.read_kpis import DailyPayments, KpiResult, PaymentsByStatus
from payops_contracts.labels import TRANSACTION_STATUS, label

Body = dict[str, Any]


def daily_payments_body(answer: KpiResult[DailyPayments]) -> Body:
    """A ``DailyPaymentsOut``."""
    return _head(answer) | {
        "currencies": [
            {
                "currency": row.currency,
                "total": _totals(row.total),
                "days": [{"day": day, **_totals(totals)} for day, totals in row.days],
            }
            for row in answer.currencies
        ]
    }


def payments_by_status_body(answer: KpiResult[PaymentsByStatus]) -> Body:
    """A ``PaymentsByStatusOut``."""
    return _head(answer) | {
        "currencies": [
            {
                "currency": row.currency,
                "total": _totals(row.total),
                "statuses": [
                    {
                        "status": share.status,
                        "label": label(TRANSACTION_STATUS, share.status),
                        **_totals(share.totals),
                        "percentage": share.hundredths / 100,
                    }
                    for share in row.shares
                ],
            }
            for row in answer.currencies
        ]
    }


def _head(answer: KpiResult[Any]) -> Body:
    window, applied = answer.window, answer.applied
    return {
        "window": {"name": window.name, "from": window.first, "to": window.last},
        "zone": answer.zone,
        "as_of": {"at": applied.at, "positions": applied.positions},
        "lag": answer.lag,
    }


def _totals(totals: PaymentTotals) -> Body:
    return {"count": totals.payments, "amount_minor": totals.amount_minor}
