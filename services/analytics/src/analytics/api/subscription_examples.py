"""One answer a KPI of subscriptions, as the OpenAPI document shows them."""

from typing import Any

from analytics.api.examples import FRESH, NONE_BEFORE, WINDOW
from payops_contracts.topics import SUBSCRIPTION_EVENTS

Example = dict[str, Any]

_POSITIONS: Example = {
    "as_of": {
        "at": "2026-03-02T11:29:58Z",
        "positions": [{"topic": SUBSCRIPTION_EVENTS.name, "partition": 0, "next": 815}],
    }
}


def _tally(count: int, amount_minor: int) -> Example:
    return {"count": count, "amount_minor": amount_minor}


def _line(value: str, label: str, of_days: list[tuple[int, int]], total: Example) -> Example:
    return {
        "value": value,
        "label": label,
        "is_others": False,
        "total": total,
        "previous": NONE_BEFORE,
        "counts": [count for count, _ in of_days],
        "amounts_minor": [amount for _, amount in of_days],
    }


BY_DAY: Example = {
    **WINDOW,
    **_POSITIONS,
    "by": "subscriptions",
    "days": ["2026-03-01", "2026-03-02"],
    "currencies": [
        {
            "currency": "EUR",
            "total": _tally(41, 40_959),
            "previous": NONE_BEFORE,
            "opening": _tally(40, 39_960),
            "churn_percent": 2.5,
            "previous_churn_percent": None,
            "lines": [
                _line("active", "Active", [(42, 41_958), (41, 40_959)], _tally(41, 40_959)),
                _line("new", "New", [(2, 1_998), (0, 0)], _tally(2, 1_998)),
                _line("churned", "Churned", [(0, 0), (1, 999)], _tally(1, 999)),
            ],
        }
    ],
}
BY_STATUS: Example = {
    **FRESH,
    **_POSITIONS,
    "currencies": [
        {
            "currency": "EUR",
            "total": _tally(50, 49_950),
            "statuses": [
                {"status": status, "label": label, **tally, "percentage": share}
                for status, label, tally, share in (
                    ("CREATED", "Created", _tally(4, 3_996), 8.0),
                    ("ACTIVE", "Active", _tally(38, 37_962), 76.0),
                    ("ON_HOLD", "On Hold", _tally(3, 2_997), 6.0),
                    ("NOT_ACTIVE", "Not Active", _tally(5, 4_995), 10.0),
                )
            ],
            "end_reasons": [
                {"reason": reason, "label": label, **tally}
                for reason, label, tally in (
                    ("CANCELLED", "Cancelled", _tally(3, 2_997)),
                    ("EXPIRED", "Expired", _tally(0, 0)),
                    ("ABORTED", "Aborted: its payments failed", _tally(2, 1_998)),
                    (
                        "PAYMENT_METHOD_REVOKED", "Aborted: the payment method was revoked",
                        _tally(0, 0),
                    ),
                    ("ENDED_BY_PROVIDER", "Ended by the provider", _tally(0, 0)),
                )
            ],
        }
    ],
}  # fmt: skip
_RATE: Example = {
    **_tally(10, 9_990),
    "paid": _tally(9, 8_991),
    "failed": _tally(1, 999),
    "failed_percent": 10.0,
}
_NO_RATE: Example = {
    **_tally(0, 0),
    "paid": _tally(0, 0),
    "failed": _tally(0, 0),
    "failed_percent": None,
}
PAYMENTS: Example = {
    **WINDOW,
    "currencies": [
        {
            "currency": "EUR",
            "total": _RATE,
            "previous": NONE_BEFORE | _NO_RATE,
            "days": [{"day": "2026-03-01", **_RATE}, {"day": "2026-03-02", **_NO_RATE}],
        }
    ],
}
