"""Filters by day: days of the reporting zone, or instants."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError

from payops_kernel.errors import Invalid
from payops_kernel.http.given import OrAbsent
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.filters import Filters, instants
from payops_kernel.zones import Zone

CAIRO = Zone("Africa/Cairo")


class Query(BaseModel):
    at: DayOrInstant | None = None


class Days(Filters):
    created_from: Annotated[OrAbsent[DayOrInstant], instants("at")] = None
    created_to: OrAbsent[DayOrInstant] = None


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
    ["2026-02-30", "1969-12-30", "2201-01-02", "0000-00-00", "2026-1-1", "20260101", "1767225600",
     5, 1767225600.0, True, ["2026-01-31"],
     "2026-01-31T00:00:00", "\u0662\u0660\u0662\u0666-01-01", "2026-01-31 ", "{0}", "today"],
)  # fmt: skip
def test_what_is_neither_is_refused(text: Any) -> None:
    with pytest.raises(ValidationError):
        Query.model_validate({"at": text})


def test_a_day_is_meant_whole_and_an_instant_exactly() -> None:
    day, instant = "2026-04-24", "2026-04-24T00:00:00Z"
    begins, ends = datetime(2026, 4, 23, 22, tzinfo=UTC), datetime(2026, 4, 24, 21, tzinfo=UTC)
    exactly = datetime(2026, 4, 24, tzinfo=UTC)
    for asked, bounds in (
        ({"created_from": day, "created_to": day}, {"$gte": begins, "$lt": ends}),
        ({"created_from": instant, "created_to": instant}, {"$gte": exactly, "$lt": exactly}),
        ({"created_from": day}, {"$gte": begins}),
        ({"created_to": instant}, {"$lt": exactly}),
    ):
        assert Days.model_validate(asked).condition(CAIRO) == {"at": bounds}


def test_a_first_day_after_the_last_is_refused() -> None:
    days = Days.model_validate({"created_from": "2026-01-02", "created_to": "2026-01-01"})
    with pytest.raises(Invalid, match="created_from is after created_to"):
        days.condition(CAIRO)
