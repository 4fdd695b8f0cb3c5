"""Days of a recurrence, counted from its first."""

from datetime import date

import pytest

from payops_contracts.subscriptions import Interval
from payops_local.recurrence import day_of_period


@pytest.mark.parametrize(
    ("first", "interval", "count", "days"),
    [
        ("2026-01-31", Interval.MONTH, 1, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("2023-11-30", Interval.MONTH, 3, ["2023-11-30", "2024-02-29", "2024-05-30"]),
        ("2024-02-29", Interval.YEAR, 1, ["2024-02-29", "2025-02-28", "2026-02-28"]),
        ("2026-03-28", Interval.DAY, 10, ["2026-03-28", "2026-04-07", "2026-04-17"]),
        ("2026-12-28", Interval.WEEK, 2, ["2026-12-28", "2027-01-11", "2027-01-25"]),
    ],
)
def test_days_are_counted_from_the_first_one(
    first: str, interval: Interval, count: int, days: list[str]
) -> None:
    begin = date.fromisoformat(first)
    assert [str(day_of_period(begin, interval, count, number)) for number in range(3)] == days


def test_it_counts_backwards_too() -> None:
    last = date(2026, 3, 31)
    assert day_of_period(last, Interval.MONTH, 1, -1) == date(2026, 2, 28)
    assert day_of_period(last, Interval.MONTH, 1, -13) == date(2025, 2, 28)
