"""JSON Schemas of bodies that are forwarded, for the OpenAPI document: the services check them."""

from collections.abc import Iterable
from typing import Any

from gateway.api.parameters import Parameter, Schema, some, words
from payops_kernel.free_text import TEXT_CHARACTERS_MAX
from payops_kernel.http.paths import ID_CHARACTERS_MAX

TEXT: Schema = words(TEXT_CHARACTERS_MAX)
IDS: Schema = some(words(ID_CHARACTERS_MAX), 10_000)


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
