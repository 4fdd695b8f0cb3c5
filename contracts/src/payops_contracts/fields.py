"""Field types that every contract shares: instants, ids, texts, each with its limit."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

RESERVED_IDS = frozenset(
    {"export", "bulk-refunds", "bulk-invoices", "previews", "upcoming", ".", ".."}
)
"""Words that are routes, and the path segments that every URL parser removes."""


def _instant(value: object) -> datetime:
    # One call of our own instead of pydantic's parser and a second pass over its result: three
    # times faster, and a text of digits is refused instead of being taken for an epoch.
    if not isinstance(value, str | datetime):
        raise ValueError("an instant is a text such as 2025-10-30T09:22:31.123Z")
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    if parsed.tzinfo is not UTC:
        if parsed.utcoffset() is None:
            raise ValueError("an instant needs an offset, such as Z or +02:00")
        try:
            parsed = parsed.astimezone(UTC)
        except OverflowError:
            raise ValueError("an instant lies between the years 1 and 9999 of UTC") from None
    # Stores keep milliseconds; cutting here makes the first event and every later one say the same.
    excess = parsed.microsecond % 1000
    return parsed.replace(microsecond=parsed.microsecond - excess) if excess else parsed


def _not_reserved(value: str) -> str:
    if value in RESERVED_IDS:
        raise ValueError(f"'{value}' is a reserved word and cannot be an id")
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""An RFC 3339 instant with an offset, kept in UTC to the millisecond; naive ones are refused."""

NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]+$"
"""At least one character, none a control character: what CloudEvents asks of its texts."""

Reference = Annotated[str, Field(max_length=128, pattern=NO_CONTROL)]
"""An id that somebody else gave; it stands in no path of ours."""

Identifier = Annotated[
    str,
    Field(
        max_length=128,
        pattern=NO_CONTROL,
        json_schema_extra={"not": {"enum": sorted(RESERVED_IDS)}},
    ),
    AfterValidator(_not_reserved),
]
"""An id that people see and that stands in a path."""

Slug = Annotated[str, Field(max_length=64, pattern=NO_CONTROL)]
"""A short word of a vocabulary that may grow: provider, method, channel."""

Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=2000)]
Url = Annotated[str, Field(max_length=2000, pattern="^[Hh][Tt][Tt][Pp][Ss]?://")]
"""A web address; anything else (``javascript:``) has no place in a link that people click."""
