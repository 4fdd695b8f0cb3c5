"""JSON Schemas of bodies that are forwarded, for the OpenAPI document: the services check them."""

from collections.abc import Iterable
from typing import Any

from gateway.api.parameters import Parameter, Schema

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 500}
IDS: Schema = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 128},
    "maxItems": 10_000,
}


def an_object(required: Iterable[str] = (), **properties: Schema) -> Schema:
    """A closed object."""
    described: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    return described | ({"required": list(required)} if required else {})


def as_properties(parameters: Iterable[Parameter]) -> dict[str, Schema]:
    """Query parameters as a body says them."""
    return {p.name: p.document()["schema"] for p in parameters}
