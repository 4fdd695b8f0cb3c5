"""A field is absent, or has a value: so say all OpenAPI documents, and so do the services."""

import json
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf

OPENAPI = Path(__file__).parents[2] / "contracts" / "openapi"
DOCUMENTS = {file.stem: json.loads(file.read_text("utf-8")) for file in OPENAPI.glob("*.json")}
FORWARDING = "gateway"
MAY_BE_BLANK = {"/v1/sign-in body password"}
"""Somebody's password may be a blank; nothing else is."""
BLANKS = ["", " ", "\u00a0", "\u3000\u2003", "\t"]
WORDS = {"pattern", "format", "enum", "const"}
"""Each keeps a blank text out."""

Schema = dict[str, Any]


class Field(NamedTuple):
    """Something that a caller may give."""

    service: str
    method: str
    path: str
    where: str
    names: tuple[str, ...]
    """Of the properties on the way to it, the last one its own."""
    schema: Schema
    body: Any
    """A body that is valid but for this field, and None when it is a parameter."""

    def __str__(self) -> str:
        return f"{self.path} {self.where} {'.'.join(self.names)}"


def resolved(schema: Schema, document: Schema) -> Schema:
    """Without a reference."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def shapes(schema: Schema, document: Schema) -> list[Schema]:
    """The alternatives that a schema leaves."""
    schema = resolved(schema, document)
    parts = schema.get("oneOf") or schema.get("anyOf")
    return [s for p in parts for s in shapes(p, document)] if parts else [schema]


def least(schema: Schema, document: Schema) -> Any:
    """A value that the schema allows."""
    schema = shapes(schema, document)[0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema["type"]:
        case "object":
            wanted = schema.get("required", [])
            return {name: least(schema["properties"][name], document) for name in wanted}
        case "array":
            return [least(schema["items"], document)]
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return "a"


def within(schema: Schema, document: Schema) -> Iterator[tuple[tuple[str, ...], Schema, Any]]:
    """Every property of a body with its names, its schema, and a body that lacks only it."""
    for shape in shapes(schema, document):
        whole = least(shape, document) if shape.get("type") == "object" else None
        for name, part in shape.get("properties", {}).items():
            yield (name,), part, whole
            for names, inner, held in within(part, document):
                yield (name, *names), inner, {**(whole or {}), name: held}


def fields() -> Iterator[Field]:
    """Everything that callers may give, in every document."""
    for service, document in sorted(DOCUMENTS.items()):
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for p in operation.get("parameters", []):
                    where = p["in"]
                    if where != "path":
                        yield Field(service, method, path, where, (p["name"],), p["schema"], None)
                if "requestBody" in operation:
                    body = operation["requestBody"]["content"]["application/json"]["schema"]
                    for names, schema, held in within(body, document):
                        yield Field(service, method, path, "body", names, schema, held)


FIELDS = list(fields())
ANSWERED = [field for field in FIELDS if field.service != FORWARDING]


def name_of(field: Field) -> str:
    """As tests are told apart."""
    return f"{field.service} {field.method} {field}"


@pytest.mark.parametrize("field", FIELDS, ids=name_of)
def test_no_field_admits_null_a_blank_or_an_empty_list(field: Field) -> None:
    for shape in shapes(field.schema, DOCUMENTS[field.service]):
        assert shape.get("type") != "null", "null is nothing"
        if shape.get("type") == "array":
            assert shape["minItems"] >= 1
            shape = resolved(shape["items"], DOCUMENTS[field.service])
        if shape.get("type") == "string" and str(field) not in MAY_BE_BLANK:
            assert WORDS & shape.keys(), "a blank would be taken"
            assert "pattern" not in shape or shape.get("minLength", 1) >= 1


def app_of(service: str) -> Any:
    """The service's app, by its module's name."""
    return import_module(f"{service.replace('-', '_')}.main").create_app()


@pytest.fixture(scope="module")
def clients(client_of: ClientOf) -> dict[str, httpx.AsyncClient]:
    """Somebody who may do everything at each service; nothing is there to be connected to."""
    return {
        service: client_of(app_of(service), UserRole.ADMIN)
        for service in {field.service for field in ANSWERED}
    }


@pytest.mark.parametrize("field", ANSWERED, ids=name_of)
async def test_nothing_is_refused_where_something_may_be_said(
    clients: dict[str, httpx.AsyncClient], field: Field
) -> None:
    document = DOCUMENTS[field.service]
    kinds = {shape.get("type") for shape in shapes(field.schema, document)}
    nothings: list[Any] = [*BLANKS] if field.where != "body" else [None, *BLANKS]
    nothings += [[], [""], [None], ["\u00a0"]] if "array" in kinds and field.where == "body" else []
    for nothing in nothings:
        answer = await said(clients[field.service], field, nothing)
        assert answer.status_code == 422, (nothing, answer.text)
        pointers = [error["pointer"].lower() for error in answer.json()["errors"]]
        wanted = "/".join(["", field.where, *field.names]).lower()
        assert any(p.startswith(wanted) for p in pointers), (nothing, pointers)


async def said(client: httpx.AsyncClient, field: Field, value: Any) -> httpx.Response:
    """The answer to a request that is right but for one field."""
    url = field.path.replace("{", "").replace("}", "")
    headers: dict[str, Any] = {"Idempotency-Key": "k", "If-Match": '"1"'}
    if field.where == "query":
        return await client.request(field.method, url, params={field.names[0]: value})
    if field.where == "header":
        try:
            headers[field.names[0]] = value.encode("latin-1")
        except UnicodeEncodeError:
            headers[field.names[0]] = b"\xa0"
        operation = DOCUMENTS[field.service]["paths"][field.path][field.method]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        held = least(body["schema"], DOCUMENTS[field.service]) if body else None
        return await client.request(field.method, url, json=held, headers=headers)
    body = deepcopy(field.body) or {}
    inner = body
    for name in field.names[:-1]:
        inner = inner.setdefault(name, {})
    inner[field.names[-1]] = value
    return await client.request(field.method, url, json=body, headers=headers)
