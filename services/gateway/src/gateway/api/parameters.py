"""Parameters of forwarded routes, for the OpenAPI document: the services check them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from payops_kernel.http.lists import LIMIT_DEFAULT, LIMIT_MAX

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query (or path) parameter. ``repeated``: may be given several times, any of them."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    repeated: bool = False
    where: str = "query"
    optional: bool = False
    """A header that need not be there; those in the query never need be."""

    def document(self) -> dict[str, Any]:
        """As OpenAPI writes it."""
        schema = {"type": "array", "items": self.schema} if self.repeated else self.schema
        return {
            "name": self.name,
            "in": self.where,
            "required": self.where in {"path", "header"} and not self.optional,
            "description": self.description,
            "schema": schema,
        } | ({"style": "form", "explode": True} if self.repeated else {})


def one_of(values: type[StrEnum] | Sequence[str]) -> Schema:
    """A schema for a closed set of words."""
    return {"type": "string", "enum": [str(value) for value in values]}


def path_id(name: str, description: str) -> Parameter:
    """An id in the path, percent-encoded."""
    return Parameter(name, description, {"type": "string", "maxLength": 128}, where="path")


INSTANT: Schema = {"type": "string", "format": "date-time"}
DAY_OR_INSTANT: Schema = {"anyOf": [{"type": "string", "format": "date"}, INSTANT]}
DATE: Schema = {"type": "string", "format": "date"}
MINOR: Schema = {"type": "integer"}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]}

IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "Yours to choose, one a change. The same key and body give the first answer.",
    {"type": "string", "minLength": 1, "maxLength": 255},
    where="header",
)

IF_NONE_MATCH = Parameter(
    "If-None-Match", "The ETag of what the caller has.", where="header", optional=True
)

PAGING = (
    Parameter(
        "limit",
        "How many rows a page has at most.",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    ),
    Parameter("cursor", "`next` or `previous` of an answer, with the same filters and sort."),
)


def sorting(words: Sequence[str], default: str) -> Parameter:
    """The ``sort`` of a list."""
    names = ", ".join(f"`{word}`" for word in words)
    return Parameter(
        "sort",
        f"Fields out of {names}, separated by commas, `-` before one that descends.",
        {"type": "string", "default": default},
    )
