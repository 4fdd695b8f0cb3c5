"""Jobs and exports reach the service that made them; files pass while they are made."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.bootstrap import SERVICE, bootstrap
from gateway.clients.wire import HttpWire, ServiceResponse
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.jobs.ids import time_ordered_id
from payops_kernel.runtime import Runtime

HOSTS = {"transactions": "8611", "analytics": "8615"}
PATIENCE_S = 60.0


@pytest.mark.parametrize("service", HOSTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/jobs/{id}"),
        ("DELETE", "/v1/jobs/{id}"),
        ("GET", "/v1/jobs/{id}/rows"),
        ("GET", "/v1/exports/{id}/manifest"),
        ("GET", "/v1/exports/{id}/file"),
    ],
)
async def test_a_job_or_an_export_is_asked_of_the_service_that_made_it(
    client: Any, services: Any, service: str, method: str, path: str
) -> None:
    target = path.format(id=time_ordered_id(service))
    assert (await client.request(method, target)).status_code == 200
    (asked,) = services.asked
    assert (asked.method, asked.url) == (method, f"http://127.0.0.1:{HOSTS[service]}{target}")


@pytest.mark.parametrize("job_id", ["nobody-0198", "0198", "-0198", "transactions"])
async def test_an_id_that_names_no_service_is_not_found(
    client: Any, services: Any, job_id: str
) -> None:
    answer = await client.get(f"/v1/jobs/{job_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert services.asked == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/jobs/{id}", "job_not_found"),
        ("/v1/jobs/{id}/rows?limit=1", "job_not_found"),
        ("/v1/exports/{id}/manifest", "export_not_found"),
    ],
)
async def test_an_id_of_the_gateways_own_making_is_asked_of_nobody_else(
    user: Any, services: Any, path: str, code: str
) -> None:
    answer = await user.get(path.format(id=time_ordered_id(SERVICE)))
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert services.asked == []


async def test_route_words_are_not_taken_for_an_id(operator: Any, services: Any) -> None:
    await operator.get("/v1/transactions/export?format=xlsx&status=PAID")
    await operator.post("/v1/transactions/export", json={"ids": ["a"]})
    await operator.post("/v1/transactions/bulk-refunds", json={"preview_id": "p"})
    await operator.post("/v1/transactions/bulk-refunds/previews", json={"ids": ["a"]})
    await operator.post("/v1/transactions/bulk-invoices", json={"filter": {}})
    await operator.get("/v1/transactions/bulk-invoices/transactions-1/file")
    asked = [(each.method, each.url.partition("/v1")[2], each.body) for each in services.asked]
    assert asked == [
        ("GET", "/transactions/export?format=xlsx&status=PAID", None),
        ("POST", "/transactions/export", b'{"ids":["a"]}'),
        ("POST", "/transactions/bulk-refunds", b'{"preview_id":"p"}'),
        ("POST", "/transactions/bulk-refunds/previews", b'{"ids":["a"]}'),
        ("POST", "/transactions/bulk-invoices", b'{"filter":{}}'),
        ("GET", "/transactions/bulk-invoices/transactions-1/file", None),
    ]


@pytest.mark.parametrize(
    "path",
    ["bulk-refunds", "bulk-refunds/previews", "t1/refunds", "t1/notifications"],
)
async def test_a_viewer_changes_nothing(client: Any, services: Any, path: str) -> None:
    assert (await client.post(f"/v1/transactions/{path}", json={})).status_code == 403
    assert services.asked == []


async def test_a_file_keeps_its_name_and_its_exports_id(client: Any, services: Any) -> None:
    headers = {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="transactions.csv"',
        "export-id": "transactions-0198",
    }
    services.play("transactions", body=b"a,b\r\n", headers=headers)
    answer = await client.get("/v1/transactions/export")
    assert answer.content == b"a,b\r\n"
    assert {name: answer.headers[name] for name in headers} == headers


async def test_an_operator_has_the_invoices_of_many_payments_in_one_zip(
    operator: Any, services: Any
) -> None:
    services.play("transactions", status=202, headers={"location": "/v1/jobs/transactions-1"})
    asked = await operator.post(
        "/v1/transactions/bulk-invoices", json={"ids": ["a"]}, headers={"Idempotency-Key": "k"}
    )
    assert (asked.status_code, asked.headers["location"]) == (202, "/v1/jobs/transactions-1")
    assert services.asked[-1].headers["idempotency-key"] == "k"
    headers = {
        "content-type": "application/zip",
        "content-disposition": 'attachment; filename="invoices.zip"',
    }
    services.play("transactions", body=b"PK", headers=headers)
    answer = await operator.get("/v1/transactions/bulk-invoices/transactions-1/file")
    assert answer.content == b"PK"
    assert {name: answer.headers[name] for name in headers} == headers


async def test_a_job_in_place_of_a_file_says_where_it_is(client: Any, services: Any) -> None:
    services.play("transactions", status=202, headers={"location": "/v1/jobs/transactions-1"})
    answer = await client.get("/v1/transactions/export")
    assert (answer.status_code, answer.headers["location"]) == (202, "/v1/jobs/transactions-1")


class SlowFile(ServiceResponse):
    """A file of unknown length whose second part is made only when the first has arrived."""

    status = 200
    headers = {"content-type": "text/csv", "export-id": "transactions-1"}

    def __init__(self) -> None:
        self.first_arrived = asyncio.Event()
        self.closed = False

    async def parts(self) -> AsyncIterator[bytes]:
        yield b"first,"
        async with asyncio.timeout(PATIENCE_S):
            await self.first_arrived.wait()
        yield b"second"

    def close(self) -> None:
        self.closed = True


class SlowWire(HttpWire):
    """A service that answers with it."""

    def __init__(self, file: SlowFile) -> None:
        self._file = file

    async def send(self, *_request: Any) -> SlowFile:
        return self._file

    async def close(self) -> None:
        pass


async def test_the_first_part_of_a_file_passes_before_the_second_is_made(
    settings: Any, issuer: TokenIssuer
) -> None:
    file = SlowFile()
    runtime, wires = Runtime(SERVICE, settings), {"transactions": SlowWire(file)}
    app = bootstrap(settings, runtime, wires).http_app("test", "test")
    token = issuer.issue("v@payops.local", "V", [UserRole.VIEWER])
    seen: list[bytes] = []

    async def send(message: Any) -> None:
        if message.get("body"):
            seen.append(message["body"])
            file.first_arrived.set()

    async def receive() -> Any:
        if not file.closed:
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}

    await app(_get("/v1/transactions/export", token), receive, send)
    assert seen == [b"first,", b"second"]
    assert file.closed


def _get(path: str, token: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"gateway"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
