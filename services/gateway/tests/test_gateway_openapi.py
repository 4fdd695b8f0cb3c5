"""The gateway's committed OpenAPI document is its services', and what is declared as its own."""

from typing import Any

import pytest

from gateway.api.forwarding import ADDED
from gateway.api.operations import BY_ID, forwarded, is_forwarded
from payops_contracts.openapi import committed
from payops_kernel.auth.dependencies import ROLE_MARK
from payops_kernel.http.announcing import refusals
from payops_kernel.http.problems import catalogue

DOCUMENTS = committed()
GATEWAY = DOCUMENTS.pop("gateway")
OWN = {
    ("post", "/v1/sign-in"),
    ("post", "/v1/embed-tokens"),
    ("get", "/v1/me"),
    ("get", "/v1/pages"),
    ("get", "/v1/pages/file"),
    ("post", "/v1/actions/{action_id}"),
    ("get", "/v1/events"),
    ("get", "/v1/me/preferences"),
    ("put", "/v1/me/preferences"),
    ("get", "/v1/saved-views"),
    ("post", "/v1/saved-views"),
    ("put", "/v1/saved-views/{view_id}"),
    ("delete", "/v1/saved-views/{view_id}"),
    ("get", "/v1/audit-log"),
    ("get", "/v1/audit-log/export"),
    ("post", "/v1/audit-log/export"),
    ("get", "/v1/dead-letters"),
    ("get", "/v1/totals/dead-letters"),
    ("get", "/v1/dead-letters/export"),
    ("post", "/v1/dead-letters/export"),
    ("get", "/v1/dead-letters/{dead_letter_id}"),
    ("post", "/v1/dead-letters/{dead_letter_id}/replay"),
    ("post", "/v1/dead-letters/{dead_letter_id}/discard"),
    ("get", "/v1/jobs"),
    ("get", "/v1/search"),
    ("get", "/v1/members/{mpass_number}/picture"),
    ("get", "/v1/transactions/{transaction_id}/picture"),
    ("get", "/v1/subscriptions/{subscription_id}/picture"),
    ("get", "/v1/pages"),
    ("get", "/v1/pages/file"),
    ("get", "/.well-known/jwks.json"),
    ("post", "/v1/sign-out"),
    ("get", "/.well-known/revoked-tokens"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/metrics"),
}
OWN_SCHEMAS = {
    *("MeOut", "SignInBody", "TokenOut", "UserRole"),
    *("Language", "Theme", "Density", "PreferencesIn", "PreferencesOut"),
    *("SavedViewIn", "SavedViewOut", "SavedViewsOut"),
    *("AuditRow", "PageOut_AuditRow_"),
    *("DeadLetterRow", "PageOut_DeadLetterRow_", "DeadLetterState", "DeadLetterOut"),
    *("Decisions", "Possible", "ContentOut", "HeaderOut", "ReplayIn", "DiscardIn", "DecidedOut"),
    *("AllJobsOut", "MissingOut", "GroupOut", "SearchOut"),
    *("EmbedTokenBody", "EmbedTokenOut"),
    "RevokedOut",
    *("ActionIn", "ActionOut", "PagesOut"),
}
ADDED_ANSWERS = {str(status): answer for status, answer in refusals(*ADDED).items()}


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Methods and paths of a document."""
    return {(method, path) for path, methods in document["paths"].items() for method in methods}


def written_out(value: Any, document: dict[str, Any], within: tuple[str, ...] = ()) -> Any:
    """A part of a document with what its references refer to, so that names do not matter."""
    if isinstance(value, list):
        return [written_out(inner, document, within) for inner in value]
    if not isinstance(value, dict):
        return value
    name = value.get("$ref", "").rpartition("/")[2]
    if name in within:
        return {"again": len(within) - within.index(name)}
    meant = document["components"]["schemas"][name] if name else {}
    within = (*within, name) if name else within
    said = {key: part for key, part in value.items() if key != "$ref"}
    return {key: written_out(part, document, within) for key, part in {**meant, **said}.items()}


FORWARDED_OPERATIONS = [
    pytest.param(service, method, path, id=f"{method} {path} of {service}")
    for service, document in DOCUMENTS.items()
    for method, path in sorted(operations(document))
    if is_forwarded(path)
]


@pytest.mark.parametrize(("service", "method", "path"), FORWARDED_OPERATIONS)
def test_a_forwarded_route_is_described_as_its_service_describes_it(
    service: str, method: str, path: str
) -> None:
    theirs = DOCUMENTS[service]["paths"][path][method]
    said = written_out(theirs, DOCUMENTS[service])
    added = written_out(ADDED_ANSWERS, DOCUMENTS[service])
    said["responses"] = {**added, **said["responses"]}
    assert written_out(GATEWAY["paths"][path][method], GATEWAY) == said


def test_what_no_service_describes_is_declared_as_the_gateways_own() -> None:
    theirs = set[tuple[str, str]]().union(*map(operations, DOCUMENTS.values()))
    assert operations(GATEWAY) - {each for each in theirs if is_forwarded(each[1])} == OWN


def test_no_schema_of_a_service_takes_the_place_of_one_of_the_gateways_own() -> None:
    assert GATEWAY["components"]["schemas"].keys() - forwarded(DOCUMENTS).schemas.keys() == (
        OWN_SCHEMAS
    )


@pytest.mark.parametrize(("service", "method", "path"), FORWARDED_OPERATIONS)
def test_every_route_of_a_service_says_which_role_it_needs(
    service: str, method: str, path: str
) -> None:
    assert ROLE_MARK in DOCUMENTS[service]["paths"][path][method]


def test_every_route_is_described_with_its_problems() -> None:
    for path, methods in GATEWAY["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_error_has_a_code_of_its_own() -> None:
    assert {"service_unavailable", "service_failed", "sign_in_refused"} <= catalogue().keys()


def document(path: str = "/v1/things", **schemas: Any) -> dict[str, Any]:
    """A service that answers one route with its schema ``Thing``."""
    answer = {"content": {"application/json": {"schema": reference("Thing")}}}
    operation = {ROLE_MARK: "viewer", "operationId": "things", "responses": {"200": answer}}
    return {"components": {"schemas": schemas}, "paths": {path: {"get": operation}}}


def reference(name: str) -> dict[str, str]:
    """To a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def test_schemas_that_mean_the_same_keep_their_name() -> None:
    found = forwarded({s: document(f"/v1/{s}", Thing={"type": "string"}) for s in ("a", "b")})
    assert found.schemas == {"Thing": {"type": "string"}}


def test_schemas_that_collide_are_told_apart_and_so_is_what_refers_to_them() -> None:
    listed = {"type": "array", "items": reference("Kind")}
    one = document("/v1/a", Thing=listed, Kind={"type": "string"}, Other={"type": "null"})
    two = document("/v1/b", Thing=listed, Kind={"type": "integer"})
    found = forwarded({"one": one, "two": two})
    assert found.schemas == {
        "one.Thing": {"type": "array", "items": reference("one.Kind")},
        "one.Kind": {"type": "string"},
        "two.Thing": {"type": "array", "items": reference("two.Kind")},
        "two.Kind": {"type": "integer"},
        "Other": {"type": "null"},
    }
    answers = [operation.described["responses"]["200"] for operation in found.operations]
    schemas = [answer["content"]["application/json"]["schema"] for answer in answers]
    assert schemas == [reference("one.Thing"), reference("two.Thing")]


def test_a_route_that_two_services_claim_is_refused() -> None:
    with pytest.raises(ValueError, match="a and b both answer get /v1/things"):
        forwarded({"a": document(Thing={}), "b": document(Thing={})})


@pytest.mark.parametrize("beginning", BY_ID)
def test_a_route_that_the_id_decides_may_be_every_services(beginning: str) -> None:
    path = beginning + "{thing_id}"
    found = forwarded({"a": document(path, Thing={}), "b": document(path, Thing={})})
    assert [(each.path, each.is_by_id) for each in found.operations] == [(path, True)]


def test_only_routes_for_callers_are_forwarded() -> None:
    assert forwarded({"a": document("/health/live", Thing={})}).operations == ()


def test_a_route_that_does_not_say_its_role_is_not_forwarded() -> None:
    unsaid = document(Thing={})
    del unsaid["paths"]["/v1/things"]["get"][ROLE_MARK]
    (operation,) = forwarded({"a": unsaid}).operations
    with pytest.raises(KeyError, match=ROLE_MARK):
        _ = operation.role
