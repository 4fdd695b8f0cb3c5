"""Query values to MongoDB conditions: pure functions over dicts, each condition or None.

``combine({"status": any_of(statuses), "created_at": half_open("created", a, b)})`` leaves out what
was not asked for.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from payops_kernel.errors import Invalid

VALUES_MAX = 50
"""How many values one filter may name."""

Condition = Any


def any_of(values: Iterable[Any] | None) -> Condition | None:
    """One of several values (``status=PAID&status=FAILED``), in any order."""
    chosen = sorted(set(values or ()))
    if not chosen:
        return None
    return chosen[0] if len(chosen) == 1 else {"$in": chosen}


def half_open(name: str, start: datetime | None, end: datetime | None) -> Condition | None:
    """``name_from`` ≤ instant < ``name_to``: months and days join without a gap or a double."""
    in_order(name, start, end)
    return _bounds({"$gte": start, "$lt": end})


def closed(name: str, low: int | None, high: int | None) -> Condition | None:
    """``name_from`` ≤ number ≤ ``name_to``: amounts of money, both bounds included."""
    in_order(name, low, high)
    return _bounds({"$gte": low, "$lte": high})


def prefix(text: str | None) -> Condition | None:
    """Texts that begin so, as index bounds and not as a regular expression."""
    if not text:
        return None
    return {"$gte": text, "$lt": text + "\U0010ffff"}


def combine(conditions: Mapping[str, Condition | None]) -> dict[str, Condition]:
    """The conditions that were asked for, by field."""
    return {field: found for field, found in conditions.items() if found is not None}


def _bounds(bounds: Mapping[str, Any]) -> Condition | None:
    return {operator: value for operator, value in bounds.items() if value is not None} or None


def in_order(name: str, low: Any, high: Any) -> None:
    """Raises ``Invalid`` when ``name_from`` is over ``name_to``; None bounds nothing."""
    if low is not None and high is not None and low > high:
        raise Invalid(
            f"{name}_from is after {name}_to.",
            errors=[
                {
                    "pointer": f"/query/{name}_from",
                    "code": "range_reversed",
                    "detail": f"must not be over {name}_to",
                }
            ],
        )
