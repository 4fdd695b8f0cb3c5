"""The committed OpenAPI document, against the services behind it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.api.forwarded import FORWARDED, Forwarded
from payops_kernel.http.problems import catalogue

OPENAPI = Path(__file__).parents[3] / "contracts" / "openapi"


def _document(service: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((OPENAPI / f"{service}.json").read_text(encoding="utf-8"))
    return read


def test_every_route_is_described_with_its_problems() -> None:
    for path, methods in _document("gateway")["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.parametrize("row", FORWARDED, ids=lambda row: row.path)
def test_a_forwarded_route_takes_the_parameters_that_its_service_takes(row: Forwarded) -> None:
    mine = _document("gateway")["paths"][row.path][row.method.lower()]
    theirs = _document(row.service)["paths"][row.path][row.method.lower()]
    assert _parameters(mine) == _parameters(theirs)


def _parameters(operation: dict[str, Any]) -> set[tuple[str, str]]:
    return {(p["name"], p["in"]) for p in operation.get("parameters", [])}


def test_every_error_has_a_code_of_its_own() -> None:
    assert {"service_unavailable", "service_failed", "sign_in_refused"} <= catalogue().keys()
