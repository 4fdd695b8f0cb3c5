"""Golden examples: two of each event, all optional fields and none, judged by its own model."""

from typing import Any

from payops_contracts.envelope import BINARY_PREFIX, CONTENT_TYPE_HEADER, Envelope, schema_uri
from payops_contracts.generate.batch_values import BATCH_VALUES
from payops_contracts.generate.schemas import Json, event_schema, resolve
from payops_contracts.generate.values import EVENT_VALUES, FULL_VALUES, OMIT, VALUES
from payops_contracts.registry import topic_of, type_of, validate

_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "null": None}
_INSTANT = "2025-10-30T09:23:04.512Z"
_MISSING = object()


def example(model: type[Envelope], *, full: bool) -> Json:
    """One event in structured mode, with every optional field or with none.

    Raises ``ValueError`` naming the event when the values do not satisfy its model: give the
    field an entry in ``generate/values.py`` or ``Field(examples=[...])``.
    """
    event_type = type_of(model)
    schema = event_schema(model)
    of_it = EVENT_VALUES.get(event_type) or BATCH_VALUES.get(event_type, {})
    values = [of_it, FULL_VALUES if full else {}]
    event: Json = _Builder(schema, values, full).value(schema, "")
    if "dataschema" in event:
        event["dataschema"] = schema_uri(event_type)
    topic = topic_of(event_type)
    if topic.ours:
        if event["source"].removeprefix("/payops/") not in topic.publishers:
            event["source"] = f"/payops/{topic.publishers[0]}"
        event["id"] = f"{event['subject']}:{int(event['sequence'])}"
    try:
        validate(event)
    except ValueError as error:
        raise ValueError(f"the example of {event_type} breaks its model: {error}") from error
    return event


def binary_mode(event: Json) -> Json:
    """The same event as a Kafka record in binary mode: key, headers, and the data as the value."""
    headers = {
        BINARY_PREFIX + name: value
        for name, value in event.items()
        if name not in {"data", "datacontenttype"}
    }
    headers[CONTENT_TYPE_HEADER] = event["datacontenttype"]
    return {"key": event["subject"], "headers": headers, "value": event["data"]}


class _Builder:
    def __init__(self, schema: Json, values: list[dict[str, Any]], full: bool) -> None:
        self._schema = schema
        self._values = values
        self._full = full

    def value(self, node: Json, path: str) -> Any:
        node = resolve(self._schema, node)
        if "const" in node:
            return node["const"]
        # What a model itself gives as example says more than a word that fields share by name.
        own = {path: node["examples"][0]} if node.get("examples") else {}
        for values in (*self._values, own, VALUES):
            known = _lookup(values, path)
            if known is not _MISSING:
                return known
        if node.get("enum"):
            return node["enum"][0]
        # An empty list or null as default would show nothing of what the field can hold.
        return node.get("default") or self._by_type(node, path)

    def _by_type(self, node: Json, path: str) -> Any:
        if "anyOf" in node:
            return self.value(node["anyOf"][0], path)
        match node["type"]:
            case "object":
                return self._object(node, path)
            case "array":
                return [self.value(node["items"], path)]
            case "string":
                return _INSTANT if node.get("format") == "date-time" else path.rpartition(".")[2]
            case kind:
                return node.get("minimum", _BY_TYPE[kind])

    def _object(self, node: Json, path: str) -> Json:
        built: Json = {}
        for name, child in node.get("properties", {}).items():
            required = name in node.get("required", ())
            if not required and not self._full:
                continue
            made = self.value(child, f"{path}.{name}" if path else name)
            if made is not OMIT:
                built[name] = made
        return built


def _lookup(values: dict[str, Any], path: str) -> Any:
    """The value of the longest end of a dotted path that has one."""
    names = path.split(".")
    for start in range(len(names)):
        found = values.get(".".join(names[start:]), _MISSING)
        if found is not _MISSING:
            return found
    return _MISSING
