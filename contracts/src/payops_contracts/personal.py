"""Which fields of an event are about a person, and which are not."""

from functools import cache
from typing import Any

from payops_contracts.registry import EVENT_MODELS

PERSONAL = frozenset(
    {"name", "email", "phone", "link", "description", "message", "comment", "before", "after"}
)
"""What names a person or reaches one, and what somebody wrote freely."""


@cache
def impersonal_fields() -> frozenset[str]:
    """Names of the fields, at any depth, that events have and that tell of nobody."""
    schemas = [model.model_json_schema() for model in EVENT_MODELS.values()]
    parts = [part for schema in schemas for part in (schema, *schema.get("$defs", {}).values())]
    return frozenset(name for part in parts for name in _fields(part)) - PERSONAL


def _fields(part: dict[str, Any]) -> list[str]:
    return list(part.get("properties", {}))
