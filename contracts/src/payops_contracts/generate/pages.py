"""The JSON Schema of a user's file of pages, so that editors help while it is written."""

from typing import Any

from payops_contracts.generate.schemas import DIALECT, Json, Plain, described
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.merging import BEFORE, COMPLETE

_AWAY = {"const": False, "description": "Takes it away."}
_BEFORE = {"type": "string", "description": "The entry that this one is put before."}
_COMPLETE = {"type": "boolean", "description": "Nothing is added from the defaults."}
_NAMED = ("properties", "$defs")
"""Where the keys are names, not words of JSON Schema."""


def pages_schema() -> Json:
    """What a file may say: it states only what differs, so nothing is required."""
    schema = Pages.model_json_schema(schema_generator=Plain, mode="validation")
    head = {"$schema": DIALECT, "$id": "urn:payops:schema:pages"}
    made: Json = described(head | _partial(schema))
    made["properties"][COMPLETE] = _COMPLETE
    for entry in _entries(made):
        made["$defs"][entry]["properties"][BEFORE] = _BEFORE
    return made


def _partial(node: Any) -> Any:
    """Everything may be left out, and what is no yes or no may be taken away."""
    if isinstance(node, list):
        return [_partial(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: {name: _partial(each) for name, each in value.items()}
        if key in _NAMED
        else _partial(value)
        for key, value in node.items()
        if key not in {"required", "default"}
    }
    for key in ("properties", "patternProperties"):
        if key in made:
            made[key] = {name: _or_away(each) for name, each in made[key].items()}
    if "patternProperties" in made:
        made["additionalProperties"] = False
    return made


def _or_away(schema: Json) -> Json:
    return schema if schema.get("type") == "boolean" else {"anyOf": [schema, _AWAY]}


def _entries(schema: Json) -> set[str]:
    """Names of what has ids in tables of its kind."""
    named = [
        branch["$ref"].rpartition("/")[2]
        for each in _tables(schema)
        for pattern in each["patternProperties"].values()
        for branch in pattern["anyOf"]
        if "$ref" in branch
    ]
    return set(named)


def _tables(node: Any) -> list[Json]:
    if isinstance(node, list):
        return [found for each in node for found in _tables(each)]
    if not isinstance(node, dict):
        return []
    below = [found for each in node.values() for found in _tables(each)]
    return [node, *below] if "patternProperties" in node else below
