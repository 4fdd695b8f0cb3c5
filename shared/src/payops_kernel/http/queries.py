"""Query parameters that every list shares, for FastAPI's query models.

    class ThingQuery(ThingFilters, ListQuery): ...

    @router.get("/things")
    async def things(query: Annotated[ThingQuery, Query()]) -> Response: ...

Repeated parameters are lists; an unknown parameter is refused, so that a misspelt filter never
shows more than was asked for.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from payops_contracts.fields import Day, Instant
from payops_kernel.http.cursors import CURSOR_CHARACTERS_MAX
from payops_kernel.http.given import GivenQuery, OrAbsent, QueryText, Whole, seen
from payops_kernel.http.lists import LIMIT_DEFAULT, LIMIT_MAX

SORT_CHARACTERS_MAX = 100

T = TypeVar("T")


def _with_its_plus(value: Any) -> Any:
    # In a query string an unescaped + is a space: 2026-01-01T00:00:00 02:00 means +02:00.
    return value.replace(" ", "+") if isinstance(value, QueryText) else value


InstantParam = Annotated[Instant, BeforeValidator(_with_its_plus)]
"""An RFC 3339 instant with ``Z`` or an offset, within the contract's years."""

_INSTANT: TypeAdapter[datetime] = TypeAdapter(InstantParam)
_DAY: TypeAdapter[date] = TypeAdapter(Day)
_DAY_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day_or_instant(value: Any, _handler: ValidatorFunctionWrapHandler) -> date | datetime:
    is_day = isinstance(value, str) and _DAY_SHAPE.fullmatch(value)
    try:
        return _DAY.validate_python(value) if is_day else _INSTANT.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        code, said = first["type"], first["msg"].replace("{", "{{").replace("}", "}}")
        raise PydanticCustomError(code, said) from None


DayOrInstant = Annotated[
    date | datetime,
    WrapValidator(_day_or_instant),
    WithJsonSchema({"anyOf": [_DAY.json_schema(), _INSTANT.json_schema()]}),
]
"""A day of the reporting zone as ``YYYY-MM-DD``, or an instant as :data:`InstantParam`."""


SortText = Annotated[str, seen(SORT_CHARACTERS_MAX)]


class ListQuery(GivenQuery):
    """``limit``, ``cursor``, ``sort``; a subclass adds the list's filters."""

    limit: Annotated[
        int, Whole(1, LIMIT_MAX), Field(description="How many rows a page has at most.")
    ] = LIMIT_DEFAULT
    cursor: Annotated[
        OrAbsent[Annotated[str, seen(CURSOR_CHARACTERS_MAX)]],
        Field(description="`next` or `previous` of an answer, with the same filters and sort."),
    ] = None
    sort: Annotated[
        OrAbsent[SortText],
        Field(description="Fields separated by commas, `-` before one that descends."),
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
