"""What a window is compared with: no running month against a whole one, no infinity."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.comparison import Period, change_percent, period_before
from analytics.domain.lines import LINES_MAX, Key, lines_of
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import WindowName, choose_window

UTC_DAYS = ReportingZone("UTC")
ROME = ReportingZone("Europe/Rome")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _before(
    name: WindowName | None,
    now: str,
    first: str | None = None,
    last: str | None = None,
    zone: ReportingZone = UTC_DAYS,
) -> Period:
    instant = _at(now)
    begin, end = (None if each is None else date.fromisoformat(each) for each in (first, last))
    return period_before(choose_window(name, begin, end, zone.date_of(instant)), instant, zone)


def _period(first: str, last: str, until: str | None = None) -> Period:
    cut = None if until is None else _at(until)
    return Period(date.fromisoformat(first), date.fromisoformat(last), cut)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026-03-15T12:00", _period("2026-02-01", "2026-02-15", "2026-02-15T12:00")),
        ("2026-03-01T00:00", _period("2026-02-01", "2026-02-01", "2026-02-01T00:00")),
        ("2026-03-28T09:30", _period("2026-02-01", "2026-02-28", "2026-02-28T09:30")),
        ("2026-03-29T09:30", _period("2026-02-01", "2026-02-28")),
        ("2026-03-31T12:00", _period("2026-02-01", "2026-02-28")),
        ("2026-01-31T12:00", _period("2025-12-01", "2025-12-31", "2025-12-31T12:00")),
    ],
)
def test_a_month_so_far_is_compared_with_the_month_before_up_to_then(
    now: str, before: Period
) -> None:
    assert _before(WindowName.MTD, now) == before


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026-03-15T12:00", _period("2025-01-01", "2025-03-15", "2025-03-15T12:00")),
        ("2024-02-29T12:00", _period("2023-01-01", "2023-02-28")),
    ],
)
def test_a_year_so_far_is_compared_with_the_year_before_up_to_then(
    now: str, before: Period
) -> None:
    assert _before(WindowName.YTD, now) == before


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        # Over: a month against the month before, a quarter against the quarter, a year.
        ("2026-03-01", "2026-03-31", _period("2026-02-01", "2026-02-28")),
        ("2026-02-01", "2026-02-28", _period("2026-01-01", "2026-01-31")),
        ("2026-01-01", "2026-03-31", _period("2025-10-01", "2025-12-31")),
        ("2025-01-01", "2025-12-31", _period("2024-01-01", "2024-12-31")),
        # Over, and no month: as many days before.
        ("2026-03-01", "2026-03-30", _period("2026-01-30", "2026-02-28")),
        ("2026-03-09", "2026-03-15", _period("2026-03-02", "2026-03-08")),
        # Running: cut where the present lies in it.
        ("2026-04-01", "2026-04-30", _period("2026-03-01", "2026-03-10", "2026-03-10T12:00")),
        ("2026-04-10", "2026-04-10", _period("2026-04-09", "2026-04-09", "2026-04-09T12:00")),
        ("2026-04-04", "2026-04-10", _period("2026-03-28", "2026-04-03", "2026-04-03T12:00")),
        ("2026-04-09", "2026-04-15", _period("2026-04-02", "2026-04-03", "2026-04-03T12:00")),
        # Not begun.
        ("2026-05-01", "2026-05-31", _period("2026-04-01", "2026-04-30")),
    ],
)
def test_days_of_ones_own_are_compared_with_the_month_or_the_days_before(
    first: str, last: str, before: Period
) -> None:
    assert _before(None, "2026-04-10T12:00", first, last) == before


def test_the_cut_is_at_the_same_time_of_the_zones_clock_in_summer_and_in_winter() -> None:
    # Noon in Rome: 10:00 UTC in April, 11:00 UTC in March before the 29th.
    before = _before(WindowName.MTD, "2026-04-15T10:00", zone=ROME)
    assert before == _period("2026-03-01", "2026-03-15", "2026-03-15T11:00")


@given(
    st.dates(date(1975, 1, 1), date(2190, 12, 31)),
    st.dates(date(1975, 1, 1), date(2190, 12, 31)),
    st.integers(0, 1000),
)
def test_the_period_before_ends_before_the_window_and_is_never_longer_than_it_may(
    today: date, first: date, span: int
) -> None:
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    last = date.fromordinal(first.toordinal() + span)
    for window in (
        choose_window(None, first, last, today),
        choose_window(WindowName.MTD, None, None, today),
        choose_window(WindowName.YTD, None, None, today),
    ):
        before = period_before(window, now, UTC_DAYS)
        assert before.first <= before.last < window.first
        assert before.until is None or UTC_DAYS.date_of(before.until) == before.last
        assert (before.last - before.first).days <= (window.last - window.first).days + 3


@pytest.mark.parametrize(
    ("now", "before", "percent"),
    [
        (0, 0, None),
        (5, 0, None),
        (5, -3, None),
        (0, 7, -100),
        (7, 7, 0),
        (2, 3, -33.33),
        (10**18, 1, 1e20),
    ],
)
def test_a_change_is_a_percentage_of_what_was_before_and_nothing_without_it(
    now: int, before: int, percent: float | None
) -> None:
    assert change_percent(now, before) == percent


totals = st.builds(PaymentTotals, st.integers(1, 5), st.integers(0, 9))
values = st.one_of(st.none(), st.sampled_from([f"v-{number}" for number in range(12)]))


@given(
    st.dictionaries(st.tuples(values, st.sampled_from(("d-1", "d-2"))), totals),
    st.dictionaries(st.tuples(values), totals),
    st.integers(1, 8),
)
def test_lines_hold_every_payment_however_few_they_are(
    now: dict[Key, PaymentTotals],
    before: dict[Key, PaymentTotals],
    most: int,
) -> None:
    lines = lines_of(now, before, most)
    assert len(lines) <= most + 1
    for read in (0, 1):
        assert sum(line.total[read] for line in lines) == sum(each[read] for each in now.values())
        assert sum(line.before[read] for line in lines) == sum(
            each[read] for each in before.values()
        )
    for line in lines:
        assert sum(each.amount_minor for each in line.by_day.values()) == line.total.amount_minor
    ranked = [line.total.amount_minor for line in lines if not line.is_others]
    assert ranked == sorted(ranked, reverse=True)
    assert [line.is_others for line in lines[:-1]] == [False] * (len(lines) - 1) or not lines


def test_the_values_behind_the_most_that_are_shown_are_one_line() -> None:
    now: dict[Key, PaymentTotals] = {
        (f"v-{number}", "d"): PaymentTotals(1, 1000 - number) for number in range(LINES_MAX + 2)
    }
    lines = lines_of(now, {})
    assert len(lines) == LINES_MAX + 1
    assert (lines[-1].value, lines[-1].is_others) == (None, True)
    assert lines[-1].by_day == {"d": PaymentTotals(2, 2000 - 2 * LINES_MAX - 1)}
