"""One answer a KPI, as the OpenAPI document shows them."""

from typing import Any

from payops_contracts.topics import TRANSACTIONS

Example = dict[str, Any]

FRESH: Example = {
    "zone": "Europe/Rome",
    "as_of": {
        "at": "2026-03-02T11:29:58Z",
        "positions": [{"topic": TRANSACTIONS.name, "partition": 0, "next": 4711}],
    },
    "lag": 0,
    "verified": {
        "verified_at": "2026-03-02T11:27:40Z",
        "agreed": True,
        "differences": 0,
        "payments": 48_213,
    },
}
WINDOW: Example = {
    **FRESH,
    "window": {
        "name": "mtd",
        "from": "2026-03-01",
        "to": "2026-03-02",
        "until": "2026-03-02T11:30:00Z",
    },
    "previous": {"from": "2026-02-01", "to": "2026-02-02", "until": "2026-02-02T11:30:00Z"},
}


def _before(count: int, amount: int, count_change: float, amount_change: float) -> Example:
    return {
        "count": count,
        "amount_minor": amount,
        "count_change_percent": count_change,
        "amount_change_percent": amount_change,
    }


_TOTAL: Example = {"count": 3, "amount_minor": 15_000}
_TOTAL_BEFORE = _before(2, 12_000, 50.0, 25.0)
NONE_BEFORE: Example = {
    "count": 0,
    "amount_minor": 0,
    "count_change_percent": None,
    "amount_change_percent": None,
}

DAILY_PAYMENTS: Example = {
    **WINDOW,
    "currencies": [
        {
            "currency": "EUR",
            "total": _TOTAL,
            "previous": _TOTAL_BEFORE,
            "days": [
                {"day": "2026-03-01", "count": 3, "amount_minor": 15_000},
                {"day": "2026-03-02", "count": 0, "amount_minor": 0},
            ],
        }
    ],
}
PAYMENTS_BY_STATUS: Example = {
    **WINDOW,
    "currencies": [
        {
            "currency": "EUR",
            "total": {"count": 4, "amount_minor": 19_900},
            "previous": _before(2, 12_000, 100.0, 65.83),
            "statuses": [
                {
                    "status": status,
                    "label": label,
                    "count": count,
                    "amount_minor": amount,
                    "percentage": count * 25.0,
                    "previous": before,
                }
                for status, label, count, amount, before in (
                    ("CREATED", "Created", 0, 0, NONE_BEFORE),
                    ("PAID", "Paid", 2, 10_000, _before(2, 12_000, 0.0, -16.67)),
                    ("PARTIALLY_REFUNDED", "Partially Refunded", 1, 5_000, NONE_BEFORE),
                    ("TOTALLY_REFUNDED", "Totally Refunded", 0, 0, NONE_BEFORE),
                    ("FAILED", "Failed", 1, 4_900, NONE_BEFORE),
                )
            ],
        }
    ],
}
AMOUNT_BY: Example = {
    **WINDOW,
    "by": "method",
    "days": ["2026-03-01", "2026-03-02"],
    "currencies": [
        {
            "currency": "EUR",
            "total": _TOTAL,
            "previous": _TOTAL_BEFORE,
            "lines": [
                {
                    "value": "credit-cards",
                    "label": "Credit card",
                    "is_others": False,
                    "total": {"count": 2, "amount_minor": 10_000},
                    "previous": _before(2, 12_000, 0.0, -16.67),
                    "counts": [2, 0],
                    "amounts_minor": [10_000, 0],
                },
                {
                    "value": "pay-pal",
                    "label": "PayPal",
                    "is_others": False,
                    "total": {"count": 1, "amount_minor": 5_000},
                    "previous": NONE_BEFORE,
                    "counts": [1, 0],
                    "amounts_minor": [5_000, 0],
                },
            ],
        }
    ],
}
_NET: Example = {
    "count": 3,
    "refunded_count": 1,
    "gross_minor": 15_000,
    "refunded_minor": 2_000,
    "net_minor": 13_000,
}
REFUNDS_AND_NET: Example = {
    **WINDOW,
    "currencies": [
        {
            "currency": "EUR",
            "total": _NET,
            "previous": {
                "count": 2,
                "refunded_count": 0,
                "gross_minor": 12_000,
                "refunded_minor": 0,
                "net_minor": 12_000,
                "gross_change_percent": 25.0,
                "refunded_change_percent": None,
                "net_change_percent": 8.33,
            },
            "days": [
                {"day": "2026-03-01", **_NET},
                {"day": "2026-03-02", **dict.fromkeys(_NET, 0)},
            ],
        }
    ],
}
FAILURE_REASONS: Example = {
    **WINDOW,
    "currencies": [
        {
            "currency": "EUR",
            "total": {"count": 1, "amount_minor": 4_900},
            "previous": NONE_BEFORE,
            "reasons": [
                {
                    "reason": "insufficient_funds",
                    "label": "insufficient_funds",
                    "is_others": False,
                    "count": 1,
                    "amount_minor": 4_900,
                    "percentage": 100.0,
                    "previous": NONE_BEFORE,
                }
            ],
        }
    ],
}
TODAY: Example = {
    **FRESH,
    "window": {
        "name": "custom",
        "from": "2026-03-02",
        "to": "2026-03-02",
        "until": "2026-03-02T11:30:00Z",
    },
    "previous": {"from": "2026-03-01", "to": "2026-03-01", "until": "2026-03-01T11:30:00Z"},
    "currencies": [
        {
            "currency": "EUR",
            "payments": {
                "count": 4,
                "amount_minor": 19_900,
                "previous": _before(2, 12_000, 100.0, 65.83),
            },
            "paid": {**_TOTAL, "previous": _TOTAL_BEFORE},
            "failed": {"count": 1, "amount_minor": 4_900, "previous": NONE_BEFORE},
            "refunds_awaiting": {"count": 1, "amount_minor": 1_200, "payments": 1},
        }
    ],
}
VERIFICATION_ASKED: Example = {
    "requested_at": "2026-03-02T11:30:02Z",
    "verified": FRESH["verified"],
}
