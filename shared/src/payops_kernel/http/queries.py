"""Query parameters that every list shares, for FastAPI's query models.

    class TransactionQuery(ListQuery):
        status: Annotated[list[TransactionStatus], Field(max_length=VALUES_MAX)] = []
        created_from: InstantParam | None = None

    @router.get("/transactions")
    async def transactions(query: Annotated[TransactionQuery, Query()]) -> Response: ...

Repeated parameters are lists; an unknown parameter is refused, so that a misspelt filter never
shows more than was asked for.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from payops_kernel.http.cursors import CURSOR_CHARACTERS_MAX
from payops_kernel.http.filters import in_order
from payops_kernel.http.lists import LIMIT_DEFAULT, LIMIT_MAX
from payops_kernel.zones import Zone

SORT_CHARACTERS_MAX = 100

T = TypeVar("T")


def _iso(text: Any) -> Any:
    if isinstance(text, datetime):
        return text
    # A number pydantic would take for seconds.
    if not isinstance(text, str) or "T" not in text:
        raise ValueError("an instant is written as 2026-01-31T12:00:00Z")
    # In a query string an unescaped + is a space: 2026-01-01T00:00:00 02:00 means +02:00.
    return text.replace(" ", "+")


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC it lies outside the years 1 to 9999") from None


InstantParam = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_utc)]
"""An ISO 8601 instant with ``Z`` or an offset; naive ones are refused."""

_INSTANT: TypeAdapter[datetime] = TypeAdapter(InstantParam)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DAY_MIN, DAY_MAX = date(1970, 1, 1), date(2200, 12, 31)


def _day_or_instant(value: Any, _handler: ValidatorFunctionWrapHandler) -> date | datetime:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return _day(value)
        return _INSTANT.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        code, said = first["type"], first["msg"].replace("{", "{{").replace("}", "}}")
        raise PydanticCustomError(code, said) from None


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not DAY_MIN <= day <= DAY_MAX:
        raise ValueError(f"a day lies between {DAY_MIN} and {DAY_MAX}")
    return day


DayOrInstant = Annotated[
    date | datetime,
    WrapValidator(_day_or_instant),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
"""A day of the reporting zone as ``YYYY-MM-DD``, or an instant as :data:`InstantParam`."""


def instants_of(
    name: str, start: date | datetime | None, end: date | datetime | None, zone: Zone
) -> tuple[datetime | None, datetime | None]:
    """``name_from`` and ``name_to`` as half-open bounds in UTC; a day is meant whole, in ``zone``.

    Raises ``Invalid`` when the first day is after the last.
    """
    if not isinstance(start, datetime) and not isinstance(end, datetime):
        in_order(name, start, end)
    return _instant(start, zone.start_of), _instant(end, zone.end_of)


def _instant(value: date | datetime | None, of_day: Callable[[date], datetime]) -> datetime | None:
    return value if value is None or isinstance(value, datetime) else of_day(value)


class ListQuery(BaseModel):
    """``limit``, ``cursor``, ``sort``; a list adds its filters in a subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[
        int, Field(ge=1, le=LIMIT_MAX, description="How many rows a page has at most.")
    ] = LIMIT_DEFAULT
    cursor: Annotated[
        str | None,
        Field(
            max_length=CURSOR_CHARACTERS_MAX,
            description="`next` or `previous` of an answer, with the same filters and sort.",
        ),
    ] = None
    sort: Annotated[
        str | None,
        Field(
            max_length=SORT_CHARACTERS_MAX,
            description="Fields separated by commas, `-` before one that descends.",
        ),
    ] = None

    def filters(self) -> dict[str, Any]:
        """What was asked, without the paging: the same for every page of one list."""
        return plain_filters(self, set(ListQuery.model_fields))


def plain_filters(query: BaseModel, apart: set[str]) -> dict[str, Any]:
    """What a query asks as plain values, without the fields ``apart`` and what is not asked."""
    asked = query.model_dump(mode="json", exclude=apart)
    return {
        name: sorted(set(value)) if isinstance(value, list) else value
        for name, value in asked.items()
        if value not in (None, [])
    }


class PageOut(BaseModel, Generic[T]):
    """A page of a list, for ``response_model``; :meth:`Page.body` is what is sent."""

    items: list[T]
    next: str | None = Field(description="Cursor of the next page; null on the last.")
    previous: str | None = Field(description="Cursor of the page before; null on the first.")
    from_: int = Field(alias="from", description="Number of the first row, from 1; 0 when empty.")
    to: int = Field(description="Number of the last row; 0 when empty.")
    total: int = Field(description="Rows that match; at least so many when capped.")
    total_is_capped: bool = Field(description="Whether counting stopped at the cap.")
