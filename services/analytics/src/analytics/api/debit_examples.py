"""One answer a KPI of debits, as the OpenAPI document shows them."""

from typing import Any

from analytics.api.examples import FRESH, NONE_BEFORE, WINDOW
from analytics.api.examples import TODAY as PAYMENTS_TODAY
from payops_contracts.topics import CHARGES

Example = dict[str, Any]

_POSITIONS: Example = {
    "as_of": {
        "at": "2026-03-02T11:29:58Z",
        "positions": [{"topic": CHARGES.name, "partition": 0, "next": 815}],
    }
}
_WINDOW: Example = WINDOW | _POSITIONS


def _tally(count: int, amount_minor: int) -> Example:
    return {"count": count, "amount_minor": amount_minor}


def _line(value: str, label: str, count: int, amount_minor: int) -> Example:
    return {
        "value": value,
        "label": label,
        "is_others": False,
        "total": _tally(count, amount_minor),
        "previous": NONE_BEFORE,
        "counts": [count, 0],
        "amounts_minor": [amount_minor, 0],
    }


_OUTCOMES: Example = {
    **_tally(10, 3_230),
    "succeeded": _tally(7, 2_261),
    "failed": _tally(2, 646),
    "open": _tally(1, 323),
    "reversed": _tally(0, 0),
    "success_percent": 70.0,
    "failure_percent": 20.0,
}
_NO_OUTCOMES: Example = {
    **_tally(0, 0),
    **dict.fromkeys(("succeeded", "failed", "open", "reversed"), _tally(0, 0)),
    "success_percent": None,
    "failure_percent": None,
}
_BEFORE: Example = NONE_BEFORE | {"success_percent": None}

BY_DAY: Example = {
    **_WINDOW,
    "by": "money",
    "days": ["2026-03-01", "2026-03-02"],
    "currencies": [
        {
            "currency": "USD",
            "total": _tally(10, 3_230),
            "previous": NONE_BEFORE,
            "lines": [
                _line("charged", "Charged", 10, 3_230),
                _line("collected", "Collected", 7, 2_261),
                _line("outstanding", "Outstanding", 3, 969),
                _line("tax", "Tax retained", 10, 582),
            ],
        }
    ],
}
SUCCESS: Example = {
    **_WINDOW,
    "currencies": [
        {
            "currency": "USD",
            "total": _OUTCOMES,
            "previous": _BEFORE,
            "days": [
                {"day": "2026-03-01", **_OUTCOMES},
                {"day": "2026-03-02", **_NO_OUTCOMES},
            ],
        }
    ],
}
BY_RETRY: Example = {
    **_WINDOW,
    "by": "number",
    "currencies": [
        {
            "currency": "USD",
            "total": _OUTCOMES,
            "previous": _BEFORE,
            "parts": [
                {
                    "value": "1",
                    "label": "First attempt",
                    "is_others": False,
                    **_OUTCOMES,
                    "previous": _BEFORE,
                }
            ],
        }
    ],
}
RECOVERED: Example = {
    **_WINDOW,
    "by": "retry",
    "currencies": [
        {
            "currency": "USD",
            "total": _tally(1, 323),
            "previous": NONE_BEFORE,
            "parts": [
                {
                    "value": "1",
                    "label": "Retry 1",
                    "is_others": False,
                    **_tally(1, 323),
                    "percentage": 100.0,
                    "previous": NONE_BEFORE,
                }
            ],
        }
    ],
}
REASONS: Example = {
    **_WINDOW,
    "currencies": [
        {
            "currency": "USD",
            "total": _tally(2, 646),
            "previous": NONE_BEFORE,
            "reasons": [
                {
                    "reason": "insufficient_funds",
                    "label": "insufficient_funds",
                    "is_others": False,
                    **_tally(2, 646),
                    "percentage": 100.0,
                    "recovered": _tally(1, 323),
                    "success_percent": 50.0,
                    "previous": NONE_BEFORE,
                }
            ],
        }
    ],
}
EXPOSURE: Example = {
    **FRESH,
    **_POSITIONS,
    "at": "2026-03-02T11:30:00Z",
    "currencies": [
        {
            "currency": "USD",
            "total": _tally(7, 2_261),
            "rails": [
                {"rail": rail, "label": label, "returnable_days": days, **tally}
                for rail, label, days, tally in (
                    ("ACH", "ACH", 60, _tally(7, 2_261)),
                    ("SEPA", "SEPA", 56, _tally(0, 0)),
                    ("CARD", "Card", 120, _tally(0, 0)),
                )
            ],
        }
    ],
}
REPEATS: Example = {
    **FRESH,
    **_POSITIONS,
    "window": WINDOW["window"],
    "at_least": 3,
    "currencies": [
        {
            "currency": "USD",
            "repeats": [
                {
                    "of": "member",
                    "value": "MP-100042",
                    "reason": "insufficient_funds",
                    "label": "insufficient_funds",
                    **_tally(3, 969),
                    "first_day": "2026-03-01",
                    "last_day": "2026-03-02",
                }
            ],
        }
    ],
}
TODAY: Example = {
    **PAYMENTS_TODAY,
    **_POSITIONS,
    "retries_until": "2026-03-03T11:30:00Z",
    "currencies": [
        {
            "currency": "USD",
            "attempts": {**_tally(10, 3_230), "previous": NONE_BEFORE},
            "failed": {**_tally(2, 646), "previous": NONE_BEFORE},
            "retries_due": _tally(2, 646),
            "open_exceptions": _tally(0, 0),
        }
    ],
}
