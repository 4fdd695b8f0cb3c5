"""Parameters of forwarded routes, for the OpenAPI document: the services check them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from payops_contracts.fields import NOT_BLANK, Day
from payops_contracts.money import CURRENCY_DECIMALS, MAX_SUM_MINOR
from payops_kernel.http.commands import KEY_PATTERN
from payops_kernel.http.cursors import CURSOR_CHARACTERS_MAX
from payops_kernel.http.lists import LIMIT_DEFAULT, LIMIT_MAX
from payops_kernel.http.paths import ID_CHARACTERS_MAX
from payops_kernel.http.queries import SORT_CHARACTERS_MAX, DayOrInstant
from payops_kernel.lists.filters import VALUES_MAX

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query (or path) parameter. ``repeated``: may be given several times, any of them."""

    name: str
    description: str
    schema: Schema
    repeated: bool = False
    where: str = "query"
    optional: bool = False
    """A header that need not be there; those in the query never need be."""

    def document(self) -> dict[str, Any]:
        """As OpenAPI writes it."""
        schema = some(self.schema, VALUES_MAX) if self.repeated else self.schema
        return {
            "name": self.name,
            "in": self.where,
            "required": self.where in {"path", "header"} and not self.optional,
            "description": self.description,
            "schema": schema,
        } | ({"style": "form", "explode": True} if self.repeated else {})


def words(characters_max: int) -> Schema:
    """A schema for a text that is not blank."""
    return {"type": "string", "minLength": 1, "maxLength": characters_max, "pattern": NOT_BLANK}


def some(items: Schema, most: int) -> Schema:
    """A schema for a list that is not empty."""
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most}


def one_of(values: type[StrEnum] | Sequence[str]) -> Schema:
    """A schema for a closed set of words."""
    return {"type": "string", "enum": [str(value) for value in values]}


def path_id(name: str, description: str) -> Parameter:
    """An id in the path, percent-encoded."""
    schema = {"type": "string", "minLength": 1, "maxLength": ID_CHARACTERS_MAX}
    return Parameter(name, description, schema, where="path")


DAY_OR_INSTANT: Schema = TypeAdapter(DayOrInstant).json_schema()
DATE: Schema = TypeAdapter(Day).json_schema()
AMOUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_SUM_MINOR}
CURRENCY: Schema = {"type": "string", "enum": sorted(CURRENCY_DECIMALS)}

IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "Yours to choose, one a change, in ASCII. The same key and body give the first answer.",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": KEY_PATTERN},
    where="header",
)

IF_NONE_MATCH = Parameter(
    "If-None-Match", "The ETag of what the caller has.", words(4000), where="header", optional=True
)

PAGING = (
    Parameter(
        "limit",
        "How many rows a page has at most.",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    ),
    Parameter(
        "cursor",
        "`next` or `previous` of an answer, with the same filters and sort.",
        words(CURSOR_CHARACTERS_MAX),
    ),
)


def sorting(fields: Sequence[str], default: str) -> Parameter:
    """The ``sort`` of a list."""
    names = ", ".join(f"`{field}`" for field in fields)
    return Parameter(
        "sort",
        f"Fields out of {names}, separated by commas, `-` before one that descends.",
        words(SORT_CHARACTERS_MAX) | {"default": default},
    )
