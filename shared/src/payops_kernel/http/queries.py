"""Query parameters that every list shares, for FastAPI's query models.

    class TransactionQuery(ListQuery):
        status: Annotated[list[TransactionStatus], some(VALUES_MAX)] = Field(default_factory=list)
        created_from: OrAbsent[InstantParam] = None

    @router.get("/transactions")
    async def transactions(query: Annotated[TransactionQuery, Query()]) -> Response: ...

Repeated parameters are lists; an unknown parameter is refused, so that a misspelt filter never
shows more than was asked for.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from payops_kernel.http.cursors import CURSOR_CHARACTERS_MAX
from payops_kernel.http.given import GivenQuery, OrAbsent, QueryText, Whole, seen
from payops_kernel.http.lists import LIMIT_DEFAULT, LIMIT_MAX

SORT_CHARACTERS_MAX = 100

T = TypeVar("T")


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _iso(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    # In a query string an unescaped + is a space: 2026-01-01T00:00:00 02:00 means +02:00.
    text = value.replace(" ", "+") if isinstance(value, QueryText) else value
    # pydantic alone would take numbers for seconds, and much that is not RFC 3339.
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        raise PydanticCustomError("instant", "an instant is written as 2026-01-31T12:00:00Z")
    return text


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC it lies outside the years 1 to 9999") from None


InstantParam = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_utc)]
"""An instant as RFC 3339 writes it, with ``Z`` or an offset; naive ones are refused."""


class ListQuery(GivenQuery):
    """``limit``, ``cursor``, ``sort``; a list adds its filters in a subclass."""

    limit: Annotated[
        int, Whole(1, LIMIT_MAX), Field(description="How many rows a page has at most.")
    ] = LIMIT_DEFAULT
    cursor: Annotated[
        OrAbsent[Annotated[str, seen(CURSOR_CHARACTERS_MAX)]],
        Field(description="`next` or `previous` of an answer, with the same filters and sort."),
    ] = None
    sort: Annotated[
        OrAbsent[Annotated[str, seen(SORT_CHARACTERS_MAX)]],
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
