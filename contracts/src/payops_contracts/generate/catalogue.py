"""EVENTS.md: every topic, event and field on one page, for people."""

from typing import Any

from payops_contracts.generate.schemas import Json, event_schema
from payops_contracts.registry import models_of, type_of
from payops_contracts.topics import ALL_SUBSCRIPTIONS, TOPICS, Topic

_ENUM_SHOWN_MAX = 8
"""Longer vocabularies are counted, not listed; the schema has them all."""

_HEAD = """\
# Events

Made by `python -m payops_contracts.generate` from the models; do not edit.

Each event is a CloudEvent 1.0 and Kafka's key is its `subject`. A field that is not required may
be left out or null; unknown fields are ignored. Amounts are integers in the currency's minor unit,
instants are RFC 3339 with an offset; upstream's lie within the years 1970 to 2200 of UTC.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_HEAD]
    shapes: Json = {}
    for topic in TOPICS:
        parts.append(_topic(topic))
        for model in models_of(topic.events):
            schema = event_schema(model)
            data = schema["properties"]["data"]["$ref"]
            parts.append(_event(schema, type_of(model), _name(data)))
            shapes |= {name: it for name, it in schema["$defs"].items() if "properties" in it}
    parts.append("## Shapes\n")
    parts += [_shape(name, shapes[name]) for name in sorted(shapes)]
    return "\n".join(parts)


def _topic(topic: Topic) -> str:
    consumers = [it for it in ALL_SUBSCRIPTIONS if it.topic.name == topic.name]
    readers = ", ".join(f"{it.group} (dead letters: `{it.dead_letter_topic}`)" for it in consumers)
    schema = event_schema(models_of(topic.events)[0])
    attributes = {name: node for name, node in schema["properties"].items() if name != "data"}
    attributes["type"] = {"type": "string", "description": "One of the types below."}
    return (
        f"## `{topic.name}`\n\n{_capital(topic.says)}.\n\n"
        f"- published by: {', '.join(topic.publishers)}\n- read by: {readers or 'nobody yet'}\n"
        f"- key = subject = {topic.subject}\n"
        f"- {topic.partitions} partitions at first, perhaps more later; "
        f"a record has at most {topic.message_bytes_max:,} bytes{_data_limit(topic)}\n"
        f"\n{_table(attributes, schema['required'])}"
    )


def _data_limit(topic: Topic) -> str:
    limit = topic.data_bytes_max
    return "" if limit is None else f", its `data` {limit:,} as JSON without blanks"


def _event(schema: Json, event_type: str, data: str) -> str:
    links = f"[schema](schemas/{event_type}.json) · " + " · ".join(
        f"[{kind}](examples/{event_type}.{kind}.json)" for kind in ("full", "minimal")
    )
    return (
        f"### `{event_type}`\n\n{schema['description']}\n\n"
        f"`data` is a [{data}](#{data.lower()}). {links}\n"
    )


def _shape(name: str, node: Json) -> str:
    return (
        f"### {name}\n\n{node.get('description', '')}\n\n"
        f"{_table(node['properties'], node.get('required', []))}"
    )


def _table(properties: Json, required: list[str]) -> str:
    rows = ["| field | type | required | meaning |", "|---|---|---|---|"]
    for name, node in properties.items():
        must = "yes" if name in required else ""
        meaning = node.get("description", "").replace("\n", " ")
        rows.append(f"| `{name}` | {_words(node)} | {must} | {meaning} |")
    return "\n".join(rows) + "\n"


def _words(node: Json) -> str:
    """A field's type and limits in a few words."""
    if "$ref" in node:
        name = _name(node["$ref"])
        return f"[{name}](#{name.lower()})" if name not in _vocabularies() else _vocabulary(name)
    if "anyOf" in node:
        return " or ".join(_words(branch) for branch in node["anyOf"])
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return _choices(node["enum"])
    match node["type"]:
        case "array":
            return f"list{_most(node, 'maxItems')} of: {_words(node['items'])}"
        case "integer":
            return f"integer, {_number(node, 'minimum')} … {_number(node, 'maximum')}"
        case "string":
            return "instant" if "format" in node else f"text{_most(node, 'maxLength')}"
        case "object" if "propertyNames" in node:
            values = _words(node["additionalProperties"])
            return f"object{_most(node, 'maxProperties')} keys, each with: {values}"
        case kind:
            return str(kind)


def _most(node: Json, limit: str) -> str:
    return f", at most {node[limit]:,}" if limit in node else ""


def _number(node: Json, limit: str) -> str:
    return f"{node[limit]:,}" if limit in node else ""


def _choices(values: list[Any]) -> str:
    if len(values) > _ENUM_SHOWN_MAX:
        return f"one of {len(values)} codes"
    return ", ".join(f"`{value}`" for value in values)


def _vocabularies() -> Json:
    return {
        name: node
        for topic in TOPICS
        for model in models_of(topic.events)
        for name, node in event_schema(model)["$defs"].items()
        if "enum" in node
    }


def _vocabulary(name: str) -> str:
    return _choices(_vocabularies()[name]["enum"])


def _name(ref: str) -> str:
    return ref.removeprefix("#/$defs/")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
