"""Days of a zone: every instant lies in one, whatever the clocks do at midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.settings import ServiceSettings
from payops_kernel.zones import Zone

HOUR = timedelta(hours=1)
ZONES = (
    "UTC", "Africa/Cairo", "America/Santiago", "Asia/Beirut", "America/Havana", "Asia/Kathmandu",
    "Europe/Rome", "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo",
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", "2026-03-01", "2026-03-01T00:00Z", 24),
        ("Africa/Cairo", "2026-01-01", "2025-12-31T22:00Z", 24),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z", 23),  # begins at 01:00
        ("Africa/Cairo", "2026-10-29", "2026-10-28T21:00Z", 25),  # 23:00 strikes twice
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00Z", 23),  # begins at 01:00
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00Z", 23),  # begins at 01:00
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", 25),  # midnight strikes twice
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0),  # was left out
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", 24.5),
    ],
)
def test_a_day_begins_with_its_first_instant_and_has_its_own_length(
    zone: str, day: str, start: str, hours: float
) -> None:
    meant = date.fromisoformat(day)
    assert Zone(zone).start_of(meant) == at(start)
    assert Zone(zone).end_of(meant) - Zone(zone).start_of(meant) == hours * HOUR


@given(
    st.sampled_from(ZONES),
    st.integers(0, 7_200_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_an_instant_lies_between_the_bounds_of_its_day(zone: str, instant: datetime) -> None:
    known = Zone(zone)
    day = known.date_of(instant)
    assert known.start_of(day) <= instant < known.end_of(day)
    assert known.date_of(known.start_of(day)) == day


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc", "africa"])
def test_a_service_does_not_start_in_a_zone_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="is not an IANA zone"):
        ServiceSettings(zone=name)
