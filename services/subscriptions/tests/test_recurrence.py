"""When payments fall due, beside an independent calculation, and where the two differ."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.fields import LAST_DAY
from payops_contracts.subscriptions import Interval
from payops_kernel.zones import Zone
from subscriptions.domain.recurrence import Recurrence

FREQUENCIES = {
    Interval.DAY: DAILY,
    Interval.WEEK: WEEKLY,
    Interval.MONTH: MONTHLY,
    Interval.YEAR: YEARLY,
}
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
INTERVALS = st.sampled_from(list(Interval))


def independent(interval: Interval, every: int, anchor: date, number: int) -> date:
    """The day of a period as ``dateutil`` finds it.

    For a day that every month has, it is the plain rule. ``rrule`` leaves a month without the
    anchor's day out; a payment must not be left out, so the last of the anchor's day and those
    before it is asked for (``bymonthday`` with ``bysetpos=-1``).
    """
    start = datetime.combine(anchor, datetime.min.time())
    monthly = interval in {Interval.MONTH, Interval.YEAR}
    if not monthly or anchor.day <= 28:
        rule = rrule(FREQUENCIES[interval], interval=every, dtstart=start, count=number + 1)
        found: datetime = list(rule)[number]
        return found.date()
    months = every * (12 if interval is Interval.YEAR else 1)
    rule = rrule(
        MONTHLY,
        interval=months,
        dtstart=start.replace(day=1),
        count=number + 1,
        bymonthday=list(range(28, anchor.day + 1)),
        bysetpos=-1,
    )
    found = list(rule)[number]
    return found.date()


@given(INTERVALS, st.integers(1, 30), DAYS, st.integers(0, 40))
def test_each_day_is_the_one_of_an_independent_calculation(
    interval: Interval, every: int, anchor: date, number: int
) -> None:
    expected = independent(interval, every, anchor, number)
    within = expected if expected <= LAST_DAY else None
    assert Recurrence(interval, every, anchor).day(number) == within


def test_where_rrule_would_leave_a_month_out_the_last_day_stands_in() -> None:
    """Why the plain rule is not ours: who subscribes on the 31st pays in February too."""
    start = datetime(2026, 1, 31)  # noqa: DTZ001 (rrule's are naive)
    plain = [each.date() for each in rrule(MONTHLY, dtstart=start, count=3)]
    assert plain == [date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31)]
    days = Recurrence(Interval.MONTH, 1, date(2026, 1, 31)).days(0, 4)
    assert days == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_leap_day_comes_back_in_leap_years() -> None:
    yearly = Recurrence(Interval.YEAR, 1, date(2024, 2, 29))
    assert yearly.days(0, 5) == [
        date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28),
        date(2028, 2, 29),
    ]  # fmt: skip
    assert Recurrence(Interval.MONTH, 1, date(2024, 1, 31)).day(1) == date(2024, 2, 29)


@given(INTERVALS, st.integers(1, 30), DAYS, st.integers(0, 20_000))
def test_the_period_of_a_day_is_the_last_that_had_begun(
    interval: Interval, every: int, anchor: date, later: int
) -> None:
    rule, day = Recurrence(interval, every, anchor), anchor + timedelta(days=later)
    number = rule.number_on(day)
    begun, following = rule.day(number), rule.day(number + 1)
    assert begun is not None
    assert begun <= day
    assert following is None or following > day
    assert rule.number_on(anchor - timedelta(days=1)) == 0


@given(INTERVALS, st.integers(1, 366), DAYS)
def test_days_rise_and_end_with_the_calendar(interval: Interval, every: int, anchor: date) -> None:
    rule = Recurrence(interval, every, anchor)
    days = rule.days(0, 200)
    assert days == sorted(set(days))
    assert rule.day(10_000_000) is None
    ends_on = days[len(days) // 2]
    bounded = rule._replace(expires_on=ends_on)
    assert bounded.days(0, 200)[-1] == ends_on
    assert bounded.payable(len(days) // 2 + 1) is None


@pytest.mark.parametrize(
    ("zone", "day", "midnight"),
    [
        ("Europe/Rome", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Rome", date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
    ids=["clocks go forward", "clocks go back", "no midnight", "behind a day that was left out"],
)
def test_a_day_is_due_at_its_first_instant_in_the_billing_zone(
    zone: str, day: date, midnight: datetime
) -> None:
    assert Zone(zone).start_of(day) == midnight
