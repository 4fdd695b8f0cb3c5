"""The JSON Schema 2020-12 of each event, as a publisher must write it and a consumer may read it.

Pydantic offers two readings of a model. *Validation* says what is accepted, *serialization* what
pydantic's own dump would contain. It is validation here, for both directions: services write
domain events as plain dicts, so a promise about pydantic's dump would be nobody's promise, and
one schema an event means that publisher and consumer cannot disagree.
"""

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from payops_contracts.envelope import Envelope
from payops_contracts.registry import type_of

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Plain(GenerateJsonSchema):
    """Pydantic's schemas without a title on every property: the name says it already."""

    schema_dialect = DIALECT

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def event_schema(model: type[Envelope]) -> Json:
    """The schema of the whole event in structured mode; ``properties.data`` is the payload's.

    The same object at every call, not to be changed.
    """
    schema = model.model_json_schema(schema_generator=Plain, mode="validation")
    head = {"$schema": DIALECT, "$id": f"urn:payops:schema:{type_of(model)}"}
    plain: Json = described(head | schema)
    return plain


def resolve(schema: Json, node: Json) -> Json:
    """The node itself, or what its ``$ref`` into the schema's ``$defs`` points at."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def described(node: Any) -> Any:
    """Descriptions come from docstrings; their double backticks become Markdown's single ones."""
    if isinstance(node, dict):
        return {
            key: value.replace("``", "`")
            if key == "description" and isinstance(value, str)
            else described(value)
            for key, value in node.items()
        }
    return [described(item) for item in node] if isinstance(node, list) else node
