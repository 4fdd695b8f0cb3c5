"""A route that a service answers: which one, who may call, and what it takes and gives."""

from dataclasses import dataclass
from typing import Any

from gateway.api.parameters import Parameter
from payops_kernel.auth.principals import UserRole

JSON = "application/json"
PAGE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["items", "next", "previous", "from", "to", "total", "total_is_capped"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "next": {"type": ["string", "null"], "description": "Cursor; null on the last page."},
        "previous": {"type": ["string", "null"], "description": "Cursor; null on the first."},
        "from": {"type": "integer", "description": "Number of the first row, from 1."},
        "to": {"type": "integer", "description": "Number of the last row."},
        "total": {"type": "integer", "description": "Rows that match; at least so many if capped."},
        "total_is_capped": {"type": "boolean"},
    },
}
OBJECT_SCHEMA: dict[str, Any] = {"type": "object", "additionalProperties": True}
FILE_SCHEMA: dict[str, Any] = {"type": "string", "format": "binary"}

BY_ID = ""
"""In place of a service: the one that the id in the path names, as it made that id."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One route and the service behind it, which has it under the same path."""

    service: str
    """Its name, or :data:`BY_ID`."""
    method: str
    path: str
    name: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    answer: str = "The service's answer."
    schema: Any = None
    role: UserRole = UserRole.VIEWER
    status: int = 200
    """What it answers when all went well."""
    body: Any = None
    """JSON Schema of the request's body; None when it takes none."""
    media_types: tuple[str, ...] = (JSON,)
    """Of the answer."""
    or_job: bool = False
    """Whether it may answer 202 and a job instead."""
    refusals: tuple[int, ...] = ()
    """Statuses of problems that do not follow from what it takes."""
    or_unchanged: bool = False
    """Whether it may answer 304: the caller has it already."""

    @property
    def tag(self) -> str:
        """Under what the OpenAPI document lists it."""
        return self.service or self.path.split("/")[2]
