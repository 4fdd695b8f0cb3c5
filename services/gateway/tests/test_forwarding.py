"""Requests go to their service as they came and come back as they were answered."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.clients import forwarding
from gateway.clients.wire import NoAnswer
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/v1/transactions", "8611"),
        ("/v1/transactions/t1", "8611"),
        ("/v1/kpis/daily-payments", "8615"),
        ("/v1/kpis/payments-by-status", "8615"),
    ],
)
async def test_each_route_reaches_its_service_under_the_same_path(
    client: Any, services: Any, path: str, host: str
) -> None:
    assert (await client.get(path)).status_code == 200
    (asked,) = services.asked
    assert asked.url == f"http://127.0.0.1:{host}{path}"
    assert asked.method == "GET"


@pytest.mark.parametrize(
    "query",
    [
        "status=PAID&status=FAILED&limit=7",
        "created_from=2026-01-01T00%3A00%3A00%2B02%3A00",
        "q=a%20b%26c%3Dd%25&cursor=-_AZ09",
        "from=2026-01-01&to=2026-01-31",
        "q=100%&empty=&flag",
    ],
)
async def test_the_query_string_is_untouched(client: Any, services: Any, query: str) -> None:
    asked = httpx.URL("http://gateway/v1/transactions").copy_with(query=query.encode())
    await client.get(asked)
    assert services.asked[0].url.partition("?")[2].encode() == asked.query


@pytest.mark.parametrize("transaction_id", ["a b", "a/b", "a%2Fb", "50%", "ü?#&", "..", "a+b=c"])
async def test_an_id_arrives_percent_encoded_whatever_its_characters(
    client: Any, services: Any, transaction_id: str
) -> None:
    await client.get(f"/v1/transactions/{encoded_id(transaction_id)}")
    target = f"/v1/transactions/{encoded_id(transaction_id)}"
    assert services.asked[0].url == "http://127.0.0.1:8611" + target


async def test_token_trace_and_conditions_go_along_and_cookies_do_not(
    client: Any, services: Any
) -> None:
    sent = {"traceparent": TRACEPARENT, "if-none-match": '"7"', "cookie": "a=b", "x-other": "c"}
    await client.get("/v1/transactions", headers=sent)
    headers = services.asked[0].headers
    assert headers["authorization"] == client.headers["authorization"]
    assert headers["traceparent"].split("-")[1] == TRACEPARENT.split("-")[1]
    assert headers["if-none-match"] == '"7"'
    assert "cookie" not in headers
    assert "x-other" not in headers


async def test_status_body_and_listed_headers_come_back_as_they_are(
    client: Any, services: Any
) -> None:
    body = b'{"type":"urn:payops:problem:not_found"}'
    headers = {
        "content-type": "application/problem+json",
        "etag": '"3"',
        "cache-control": "no-cache",
        "server": "secret",
        "set-cookie": "a=b",
    }
    services.play("transactions", status=404, body=body, headers=headers)
    answer = await client.get("/v1/transactions/t1")
    assert (answer.status_code, answer.content) == (404, body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"3"', "no-cache")
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers


async def test_an_encoded_body_is_not_decoded_on_the_way(client: Any, services: Any) -> None:
    packed = b"\x1f\x8bnot really gzip"
    services.play("transactions", body=packed, headers={"content-encoding": "x-packed"})
    answer = await client.get("/v1/transactions")
    assert (answer.content, answer.headers["content-encoding"]) == (packed, "x-packed")


async def test_an_answer_without_a_body_keeps_its_tag(client: Any, services: Any) -> None:
    services.play("transactions", status=304, body=b"", headers={"etag": '"7"'})
    answer = await client.get("/v1/transactions/t1", headers={"if-none-match": '"7"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"7"')


async def test_a_long_body_is_streamed_and_its_connection_given_back(
    client: Any, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "BUFFERED_BYTES_MAX", 100)
    played = services.play("transactions", body=b"x" * 5000, headers={"content-type": "text/csv"})
    answer = await client.get("/v1/transactions")
    assert len(answer.content) == 5000
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-length"] == "5000"
    assert played.closed


async def test_a_long_body_that_breaks_off_is_not_taken_for_a_whole(
    client: Any, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "BUFFERED_BYTES_MAX", 100)
    played = services.play("transactions", body=b"x" * 5000, breaks=NoAnswer(late=False))
    with pytest.raises(NoAnswer):
        await client.get("/v1/transactions")
    assert played.closed


async def test_a_service_that_breaks_off_a_short_body_is_named(client: Any, services: Any) -> None:
    played = services.play("analytics", body=b"half", breaks=NoAnswer(late=False))
    answer = await client.get("/v1/kpis/daily-payments")
    assert (answer.status_code, answer.json()["service"]) == (503, "analytics")
    assert played.closed


@pytest.mark.parametrize(("late", "says"), [(False, "does not answer"), (True, "in time")])
async def test_a_service_that_is_down_costs_its_own_part_only(
    client: Any, services: Any, late: bool, says: str
) -> None:
    services.fail("analytics", late=late)
    answer = await client.get("/v1/kpis/daily-payments")
    assert answer.status_code == 503
    problem = answer.json()
    assert (problem["code"], problem["service"]) == ("service_unavailable", "analytics")
    assert says in problem["detail"]
    assert answer.headers["retry-after"] == "1"
    assert (await client.get("/v1/transactions")).status_code == 200


@pytest.mark.parametrize("status", [500, 502])
async def test_a_service_that_fails_is_named_and_its_defect_is_not_shown(
    client: Any, services: Any, status: int
) -> None:
    played = services.play("transactions", status=status, body=b"Traceback: secret")
    answer = await client.get("/v1/transactions")
    assert answer.status_code == 502
    assert (answer.json()["code"], answer.json()["service"]) == ("service_failed", "transactions")
    assert "secret" not in answer.text
    assert played.closed


async def test_a_services_own_503_comes_through(client: Any, services: Any) -> None:
    body = b'{"code":"unavailable"}'
    services.play("transactions", status=503, body=body, headers={"retry-after": "4"})
    answer = await client.get("/v1/transactions")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "4")


async def test_routes_that_no_document_describes_reach_no_service(
    client: Any, services: Any
) -> None:
    assert (await client.get("/v1/anything")).status_code == 404
    assert (await client.post("/v1/transactions")).status_code == 405
    assert (await client.get("/v1/transactions/a/b")).status_code == 404
    assert services.asked == []


async def test_a_new_service_needs_its_document_and_its_address_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    client_of: Any,
    issuer: Any,
    services: Any,
) -> None:
    answers = {"201": {"description": "Wound up."}}
    wind = {"operationId": "wind", "x-payops-role": "operator", "responses": answers}
    document = {"paths": {"/v1/toys/{toy}": {"post": wind}}, "components": {"schemas": {}}}
    (tmp_path / "toys.json").write_text(json.dumps(document))
    monkeypatch.setattr("payops_contracts.openapi.FOLDER", tmp_path)
    client = client_of(settings.model_copy(update={"services": {"toys": "http://toys:1"}}))
    statuses = []
    for role in (UserRole.VIEWER, UserRole.OPERATOR):
        token = issuer.issue("p@payops.local", "P", [role])
        headers = {"authorization": f"Bearer {token}"}
        statuses.append((await client.post("/v1/toys/a%2Fb", headers=headers)).status_code)
    assert statuses == [403, 200]
    assert [each.url for each in services.asked] == ["http://toys:1/v1/toys/a%2Fb"]


@pytest.mark.parametrize("names", [forwarding.REQUEST_HEADERS, forwarding.RESPONSE_HEADERS])
def test_every_header_that_passes_is_named_once(names: tuple[str, ...]) -> None:
    assert sorted(names) == sorted(set(names))
