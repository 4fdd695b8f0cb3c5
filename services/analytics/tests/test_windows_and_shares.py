"""Windows of days, days of a zone, and shares that add up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.percentages import WHOLE, hundredths
from analytics.domain.reporting_days import OutsideTheCalendar, ReportingZone
from analytics.domain.windows import SPAN_DAYS_MAX, WindowName, WindowRefused, choose_window
from analytics.settings import Settings

TODAY = date(2026, 11, 22)
EPOCH = datetime(1970, 1, 2, tzinfo=UTC)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("UTC", "2026-03-01T23:59:59.999Z", "2026-03-01"),
        ("UTC", "2026-03-02T00:00:00Z", "2026-03-02"),
        ("America/Sao_Paulo", "2026-03-01T02:59:59.999Z", "2026-02-28"),
        ("America/Sao_Paulo", "2026-03-01T03:00:00Z", "2026-03-01"),
        # Until 2018 summer time began at midnight: 4 November had no 00:00.
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03"),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04"),
        # ... and ended at midnight: 17 February 2018 had its last hour twice.
        ("America/Sao_Paulo", "2018-02-18T01:59:59Z", "2018-02-17"),
        ("America/Sao_Paulo", "2018-02-18T02:59:59Z", "2018-02-17"),
        ("America/Sao_Paulo", "2018-02-18T03:00:00Z", "2018-02-18"),
        ("Asia/Kolkata", "2026-03-01T18:29:59.999Z", "2026-03-01"),
        ("Asia/Kolkata", "2026-03-01T18:30:00Z", "2026-03-02"),
        ("Asia/Kathmandu", "2026-03-01T18:14:59Z", "2026-03-01"),
        ("Asia/Kathmandu", "2026-03-01T18:15:00Z", "2026-03-02"),
        # Rome: +01:00 in winter, +02:00 from 29 March to 25 October 2026.
        ("Europe/Rome", "2026-03-28T22:59:59Z", "2026-03-28"),
        ("Europe/Rome", "2026-03-28T23:00:00Z", "2026-03-29"),
        ("Europe/Rome", "2026-03-29T21:59:59Z", "2026-03-29"),
        ("Europe/Rome", "2026-03-29T22:00:00Z", "2026-03-30"),
        ("Europe/Rome", "2026-10-25T22:59:59Z", "2026-10-25"),
        ("Europe/Rome", "2026-10-25T23:00:00Z", "2026-10-26"),
    ],
)
def test_a_payment_counts_on_the_day_of_its_date_in_the_zone(
    zone: str, instant: str, day: str
) -> None:
    assert ReportingZone(zone).day_of(_instant(instant)) == day


@given(
    st.integers(0, 24_000 * 86_400).map(lambda seconds: EPOCH + timedelta(seconds=seconds)),
    st.sampled_from(["America/Sao_Paulo", "Asia/Kolkata", "Europe/Rome", "Australia/Lord_Howe"]),
)
def test_the_day_is_the_one_that_a_wall_clock_in_the_zone_shows(
    instant: datetime, zone: str
) -> None:
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    assert ReportingZone(zone).day_of(instant) == (instant + offset).date().isoformat()


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("America/Sao_Paulo", datetime(1, 1, 1, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(9999, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_an_instant_without_a_day_is_a_dead_letter(zone: str, instant: datetime) -> None:
    with pytest.raises(OutsideTheCalendar, match="no day in the zone"):
        ReportingZone(zone).day_of(instant)


def test_a_zone_that_does_not_exist_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="'Europe/Atlantis' is not an IANA zone"):
        Settings(zone="Europe/Atlantis")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (WindowName.YTD, date(2026, 1, 1), TODAY),
        (WindowName.MTD, date(2026, 11, 1), TODAY),
        (None, date(2026, 11, 1), TODAY),
    ],
)
def test_windows_to_date_end_today(name: WindowName | None, first: date, last: date) -> None:
    window = choose_window(name, None, None, TODAY)
    assert (window.first, window.last) == (first, last)
    assert window.days()[0] == first.isoformat()
    assert len(window.days()) == (last - first).days + 1


def test_a_window_of_one_day_has_one_day() -> None:
    window = choose_window(None, TODAY, TODAY, TODAY)
    assert window.name is WindowName.CUSTOM
    assert window.days() == ["2026-11-22"]


@pytest.mark.parametrize(
    ("name", "first", "last", "code"),
    [
        (WindowName.CUSTOM, None, None, "missing"),
        (WindowName.CUSTOM, TODAY, None, "missing"),
        (None, None, TODAY, "missing"),
        (None, TODAY, TODAY - timedelta(days=1), "not_before_to"),
        (WindowName.YTD, TODAY, None, "unexpected_date"),
        (WindowName.MTD, None, TODAY, "unexpected_date"),
        (None, TODAY - timedelta(days=SPAN_DAYS_MAX), TODAY, "window_too_long"),
    ],
)
def test_a_window_that_is_none_is_refused_with_a_pointer(
    name: WindowName | None, first: date | None, last: date | None, code: str
) -> None:
    with pytest.raises(WindowRefused) as refusal:
        choose_window(name, first, last, TODAY)
    (error,) = refusal.value.extra["errors"]
    assert error["code"] == code
    assert error["pointer"] in {"/query/from", "/query/to"}


def test_the_longest_window_is_allowed() -> None:
    window = choose_window(None, TODAY - timedelta(days=SPAN_DAYS_MAX - 1), TODAY, TODAY)
    assert len(window.days()) == SPAN_DAYS_MAX


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_shares_add_up_to_a_hundred_and_are_never_off_by_a_whole_step(counts: list[int]) -> None:
    shares = hundredths(counts)
    total = sum(counts)
    assert sum(shares) == (WHOLE if total else 0)
    for count, share in zip(counts, shares, strict=True):
        assert abs(share * total - count * WHOLE) < max(total, 1)
        assert count or share == 0


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ([1, 1, 1], [3334, 3333, 3333]),
        ([2, 0, 1], [6667, 0, 3333]),
        ([0, 5, 0], [0, 10_000, 0]),
        ([0, 0], [0, 0]),
        ([1, 19_999], [1, 9_999]),
    ],
)
def test_the_largest_remainder_gets_the_rest(counts: list[int], shares: list[int]) -> None:
    assert hundredths(counts) == shares
