"""KPI answers as they go over the wire."""

from typing import Any

from analytics.domain.payment_facts import Tally
from analytics.use_cases.read_kpis import Answer, DailyPayments, PaymentsByStatus
from payops_contracts.labels import TRANSACTION_STATUS, label

Body = dict[str, Any]


def daily_payments_body(answer: Answer[DailyPayments]) -> Body:
    """A ``DailyPaymentsOut``."""
    return _head(answer) | {
        "currencies": [
            {
                "currency": row.currency,
                "total": _tally(row.total),
                "days": [{"day": day, **_tally(tally)} for day, tally in row.days],
            }
            for row in answer.currencies
        ]
    }


def payments_by_status_body(answer: Answer[PaymentsByStatus]) -> Body:
    """A ``PaymentsByStatusOut``."""
    return _head(answer) | {
        "currencies": [
            {
                "currency": row.currency,
                "total": _tally(row.total),
                "statuses": [
                    {
                        "status": share.status,
                        "label": label(TRANSACTION_STATUS, share.status),
                        **_tally(share.tally),
                        "percentage": share.hundredths / 100,
                    }
                    for share in row.shares
                ],
            }
            for row in answer.currencies
        ]
    }


def _head(answer: Answer[Any]) -> Body:
    window, applied = answer.window, answer.applied
    return {
        "window": {"name": window.name, "from": window.first, "to": window.last},
        "zone": answer.zone,
        "as_of": {"at": applied.at, "positions": applied.positions},
        "lag": answer.lag,
    }


def _tally(tally: Tally) -> Body:
    return {"count": tally.payments, "amount_minor": tally.amount_minor}
