"""The committed OpenAPI document, against the services behind it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.api.forwarded import BY_ID, Forwarded
from gateway.api.route_table import FORWARDED
from payops_kernel.http.problems import catalogue

OPENAPI = Path(__file__).parents[3] / "contracts" / "openapi"
OWN = ("/health/", "/metrics")
PATTERNS = {"currency"}
"""The gateway's document says a pattern and not every word."""


def _document(service: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((OPENAPI / f"{service}.json").read_text(encoding="utf-8"))
    return read


SERVICES = {file.stem: _document(file.stem) for file in sorted(OPENAPI.glob("*.json"))}
GATEWAY = SERVICES.pop("gateway")
PAIRS = [
    pytest.param(row, service, id=f"{row.method} {row.path} of {service}")
    for row in FORWARDED
    for service, document in SERVICES.items()
    if row.service == service or (row.service == BY_ID and row.path in document["paths"])
]


def test_every_route_is_described_with_its_problems() -> None:
    for path, methods in GATEWAY["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_of_a_service_is_in_the_table(service: str) -> None:
    held = {(r.method.lower(), r.path) for r in FORWARDED if r.service in {service, BY_ID}}
    paths = SERVICES[service]["paths"]
    theirs = {(m, p) for p, methods in paths.items() for m in methods if not p.startswith(OWN)}
    assert theirs - held == set()


@pytest.mark.parametrize("row", FORWARDED, ids=lambda row: f"{row.method} {row.path}")
def test_a_forwarded_route_has_a_service_behind_it(row: Forwarded) -> None:
    assert row in [pair.values[0] for pair in PAIRS]


@pytest.mark.parametrize(("row", "service"), PAIRS)
def test_a_forwarded_route_takes_what_its_service_takes(row: Forwarded, service: str) -> None:
    mine, theirs = _both(row, service)
    assert _parameters(mine, GATEWAY) == _parameters(theirs, SERVICES[service])
    assert _body(mine, GATEWAY) == _body(theirs, SERVICES[service])


@pytest.mark.parametrize(("row", "service"), PAIRS)
def test_a_forwarded_route_answers_as_its_service_answers(row: Forwarded, service: str) -> None:
    mine, theirs = _both(row, service)
    said = _good_answers(theirs)
    assert _good_answers(mine).keys() == said.keys()
    for status, media_types in said.items():
        assert not media_types or _good_answers(mine)[status] == media_types


def _both(row: Forwarded, service: str) -> tuple[dict[str, Any], dict[str, Any]]:
    method = row.method.lower()
    return GATEWAY["paths"][row.path][method], SERVICES[service]["paths"][row.path][method]


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> set[Any]:
    return {
        (
            p["name"].lower(),
            p["in"],
            p["required"],
            *(() if p["name"] in PATTERNS else _words(p["schema"], document)),
        )
        for p in operation.get("parameters", [])
    }


def _body(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    if "requestBody" not in operation:
        return None
    return _shape(operation["requestBody"]["content"]["application/json"]["schema"], document)


def _shape(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """What an object's properties are named, which must be there, and their words."""
    schema = _plain(schema, document)
    if "properties" not in schema:
        return _words(schema, document)
    inside = {name: _shape(each, document) for name, each in schema["properties"].items()}
    return inside, set(schema.get("required", []))


def _words(schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """The closed set of words that a schema names, alone or in a list; empty when it is open."""
    schema = _plain(schema, document)
    schema = _plain(schema.get("items", schema), document)
    words: list[str] = sorted(schema.get("enum", []))
    return words


def _plain(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Without reference and without "or null"."""
    for part in schema.get("anyOf", []):
        if part.get("type") != "null":
            return _plain(part, document)
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _good_answers(operation: dict[str, Any]) -> dict[str, set[str]]:
    answers = operation["responses"]
    return {
        status: set(answer.get("content", {}))
        for status, answer in answers.items()
        if status.startswith(("2", "3"))
    }


def test_every_error_has_a_code_of_its_own() -> None:
    assert {"service_unavailable", "service_failed", "sign_in_refused"} <= catalogue().keys()
