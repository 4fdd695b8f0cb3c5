"""What the gateway answers: its OpenAPI document, asked what pages need to know of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Json = Mapping[str, Any]
ROLE_MARK = "x-payops-role"
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Answer:
    """A part of an answer, as its schema describes it."""

    schemas: Json
    schema: Json

    def at(self, path: str) -> "Answer | None":
        """What lies at a path of it, in steps separated by dots; None when it has no such thing."""
        here: Answer | None = self
        for step in path.split("."):
            here = here._step(step) if here else None
        return here

    @cached_property
    def items(self) -> "Answer | None":
        """Of a list what its items are; None of anything else."""
        for each in self._alternatives():
            if "items" in each:
                return Answer(self.schemas, each["items"])
        return None

    @cached_property
    def names(self) -> list[str]:
        """What it has."""
        return [name for each in self._alternatives() for name in each.get("properties", {})]

    @cached_property
    def values(self) -> list[str]:
        """Of a value, or a list of values, with a vocabulary: its words."""
        inner = self.items or self
        found: list[str] = []
        for each in inner._alternatives():
            found += each.get("enum", [each["const"]] if "const" in each else [])
        return found

    def has_deep(self, name: str) -> bool:
        """Whether it, or anything in it, has something of that name."""
        below = [self._step(each) for each in self.names]
        inner = [each for each in (self.items, *below) if each]
        return name in self.names or any(each.has_deep(name) for each in inner)

    def _step(self, name: str) -> "Answer | None":
        for each in self._alternatives():
            if name in each.get("properties", {}):
                return Answer(self.schemas, each["properties"][name])
            if isinstance(each.get("additionalProperties"), dict | bool):
                more = each["additionalProperties"]
                if more:
                    return Answer(self.schemas, more if isinstance(more, dict) else {})
        return None

    def _alternatives(self) -> Iterator[Json]:
        yield from _plain(self.schema, self.schemas)


def _plain(schema: Json, schemas: Json) -> Iterator[Json]:
    if "$ref" in schema:
        yield from _plain(schemas[schema["$ref"].removeprefix(_REFERENCE)], schemas)
        return
    for branch in schema.get("anyOf", ()):
        yield from _plain(branch, schemas)
    if "anyOf" not in schema:
        yield schema


@dataclass(frozen=True)
class Read:
    """A path of the gateway's that is read by GET."""

    document: Json
    operation: Json

    @property
    def role(self) -> str:
        """Who may read it."""
        return str(self.operation.get(ROLE_MARK, "viewer"))

    @cached_property
    def parameters(self) -> dict[str, Answer]:
        """Of its query, by name."""
        return {
            each["name"]: Answer(self._schemas, each["schema"])
            for each in self.operation.get("parameters", ())
            if each["in"] == "query"
        }

    @cached_property
    def answer(self) -> Answer:
        """What it answers when all went well."""
        responses = self.operation["responses"]
        ok = responses[min(status for status in responses if status.startswith("2"))]
        schema = ok.get("content", {}).get("application/json", {}).get("schema", {})
        return Answer(self._schemas, schema)

    @property
    def row(self) -> Answer | None:
        """Of a list what its rows have."""
        rows = self.answer.at("items")
        return rows.items if rows else None

    @property
    def _schemas(self) -> Json:
        schemas: Json = self.document["components"]["schemas"]
        return schemas


class GatewayApi:
    """The gateway's document."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def reads(self, path: str) -> Read | None:
        """What is read at a path, written as in the document."""
        operation = self._document["paths"].get(path, {}).get("get")
        return None if operation is None else Read(self._document, operation)

    @property
    def paths(self) -> list[str]:
        """Every path that can be read."""
        return [path for path, methods in self._document["paths"].items() if "get" in methods]
