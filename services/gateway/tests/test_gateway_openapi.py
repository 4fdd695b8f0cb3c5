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
FOR_PEOPLE = {"title", "description", "default", "examples"}


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
    assert _refusals(mine) >= _refusals(theirs)


def _both(row: Forwarded, service: str) -> tuple[dict[str, Any], dict[str, Any]]:
    method = row.method.lower()
    return GATEWAY["paths"][row.path][method], SERVICES[service]["paths"][row.path][method]


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> dict[Any, Any]:
    return {
        (p["name"].lower(), p["in"], p["required"]): _meaning(p["schema"], document)
        for p in operation.get("parameters", [])
    }


def _body(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    if "requestBody" not in operation:
        return None
    return _meaning(operation["requestBody"]["content"]["application/json"]["schema"], document)


def _meaning(schema: Any, document: dict[str, Any]) -> Any:
    """What a schema allows: without references, and without what is for people."""
    if isinstance(schema, list):
        return [_meaning(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        beside = {key: part for key, part in schema.items() if key != "$ref"}
        return _meaning(document["components"]["schemas"][name] | beside, document)
    said = {key: part for key, part in schema.items() if key not in FOR_PEOPLE}
    if "properties" in said:
        inside = said["properties"].items()
        said["properties"] = {key: _meaning(part, document) for key, part in inside}
        return said | {"required": sorted(said.get("required", []))}
    if "enum" in said:
        said["enum"] = sorted(said["enum"])
    return {key: _meaning(part, document) for key, part in said.items()}


def _good_answers(operation: dict[str, Any]) -> dict[str, set[str]]:
    answers = operation["responses"]
    return {
        status: set(answer.get("content", {}))
        for status, answer in answers.items()
        if status.startswith(("2", "3"))
    }


def test_every_error_has_a_code_of_its_own() -> None:
    assert {"service_unavailable", "service_failed", "sign_in_refused"} <= catalogue().keys()


def _refusals(operation: dict[str, Any]) -> set[str]:
    return {status for status in operation["responses"] if status.startswith(("4", "5"))}
