"""Filters by day: days of the reporting zone, or instants."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from payops_kernel.http.queries import DayOrInstant, from_when, until_when
from payops_kernel.zones import Zone

CAIRO = Zone("Africa/Cairo")


class Query(BaseModel):
    at: DayOrInstant | None = None


@pytest.mark.parametrize(
    ("text", "value", "plain"),
    [
        ("2026-01-31", date(2026, 1, 31), "2026-01-31"),
        ("2026-01-31T02:00:00+02:00", datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31T00:00:00Z"),
    ],
)
def test_a_day_and_an_instant_are_read_and_told_as_they_are(
    text: str, value: Any, plain: str
) -> None:
    query = Query.model_validate({"at": text})
    assert (type(query.at), query.at) == (type(value), value)
    assert query.model_dump(mode="json") == {"at": plain}


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "1969-12-31", "2201-01-01", "0000-00-00", "2026-1-1", "20260101", "1767225600",
     "2026-01-31T00:00:00", "\u0662\u0660\u0662\u0666-01-01", "2026-01-31 ", "{0}", "today"],
)  # fmt: skip
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Query.model_validate({"at": text})


def test_a_day_is_meant_whole_and_an_instant_exactly() -> None:
    day, instant = date(2026, 4, 24), datetime(2026, 4, 24, tzinfo=UTC)
    assert from_when(day, CAIRO) == datetime(2026, 4, 23, 22, tzinfo=UTC)
    assert until_when(day, CAIRO) == datetime(2026, 4, 24, 21, tzinfo=UTC)
    assert from_when(instant, CAIRO) == until_when(instant, CAIRO) == instant
    assert from_when(None, CAIRO) is until_when(None, CAIRO) is None
