"""Field types that every contract shares: instants, ids, texts, each with its limit."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

RESERVED_IDS = frozenset({"export", "bulk-refunds", "bulk-invoices", "previews", "upcoming"})
"""Words that are routes; an aggregate named so could not be addressed."""


def _utc_milliseconds(value: datetime) -> datetime:
    # Stores keep milliseconds; cutting here makes the first event and every later one say the same.
    utc = value.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _not_reserved(value: str) -> str:
    if value in RESERVED_IDS:
        raise ValueError(f"'{value}' is a reserved word and cannot be an id")
    return value


Instant = Annotated[AwareDatetime, Field(strict=True), AfterValidator(_utc_milliseconds)]
"""An RFC 3339 instant with an offset, kept in UTC to the millisecond; naive ones are refused."""

_NO_CONTROL = r"^[^\x00-\x1f\x7f]+$"

Identifier = Annotated[
    str, Field(min_length=1, max_length=128, pattern=_NO_CONTROL), AfterValidator(_not_reserved)
]
"""An id that people see and that stands in a path."""

Slug = Annotated[str, Field(min_length=1, max_length=64, pattern=_NO_CONTROL)]
"""A short word of a vocabulary that may grow: provider, method, channel."""

Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=500)]
Url = Annotated[str, Field(max_length=2000)]
