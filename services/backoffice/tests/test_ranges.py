# ruff: noqa: RUF001 - ranges are written with en dashes
"""Ranges of days and changes, as people read them."""

from datetime import date, datetime

import pytest

from backoffice.formatting.ranges import shown_change, shown_range


@pytest.mark.parametrize(
    ("first", "last", "language", "shown"),
    [
        (date(2026, 10, 1), date(2026, 10, 27), "en", "1–27 Oct 2026"),
        (date(2026, 10, 1), date(2026, 10, 27), "it", "1–27 ott 2026"),
        (date(2026, 9, 30), date(2026, 10, 2), "en", "30 Sep – 2 Oct 2026"),
        (date(2025, 12, 31), date(2026, 1, 2), "en", "31 Dec 2025 – 2 Jan 2026"),
        (date(2026, 3, 1), date(2026, 3, 1), "en", "1 Mar 2026"),
    ],
)
def test_what_both_ends_share_is_said_once(
    first: date, last: date, language: str, shown: str
) -> None:
    assert shown_range(first, last, language) == shown


def test_a_last_day_that_was_left_early_says_when() -> None:
    noon = datetime(2026, 2, 15, 12, 0)  # noqa: DTZ001 - a wall clock
    shown = shown_range(date(2026, 2, 1), date(2026, 2, 15), "en", noon)
    assert shown == "1–15 Feb 2026, 12:00"


@pytest.mark.parametrize(
    ("percent", "language", "shown"),
    [
        (4.21, "en", "+4.21%"),
        (-3.0, "en", "-3.00%"),
        (0.0, "en", "+0.00%"),
        (4.21, "it", "+4,21%"),
        (1234.5, "en", "+1,234.50%"),
    ],
)
def test_a_change_has_its_sign(percent: float, language: str, shown: str) -> None:
    assert shown_change(percent, language) == shown
