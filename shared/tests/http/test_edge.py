"""What every request meets, whatever its route."""

import asyncio
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body, Query
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry
from starlette.responses import StreamingResponse

from payops_kernel.errors import NotFound, PayOpsError, Unavailable
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.http.paths import PathId, encoded_id
from payops_kernel.http.queries import ListQuery
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.settings import ServiceSettings

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class TooSoon(PayOpsError):
    """A sample of a service's own error."""

    code = "too_soon_sample"
    title = "Too soon"
    status = 409


@pytest.fixture
def router() -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.get("/things/{thing_id}")
    async def thing(thing_id: PathId) -> dict[str, Any]:
        if thing_id == "none":
            raise NotFound("There is no thing none.")
        if thing_id == "soon":
            raise TooSoon("Wait.", due_at="2026-01-01T00:00:00Z", status="overridden")
        if thing_id == "down":
            raise Unavailable("mongod does not answer.", retry_after_s=7)
        if thing_id == "defect":
            raise RuntimeError("secret: viewer@payops.local")
        return {"id": thing_id, "traceparent": current_traceparent()}

    @routes.get("/list")
    async def things(query: Annotated[ListQuery, Query()]) -> dict[str, int]:
        return {"limit": query.limit}

    @routes.post("/things")
    async def add(data: Annotated[dict[str, int], Body()]) -> dict[str, int]:
        return data

    @routes.get("/half")
    async def half() -> StreamingResponse:
        async def parts() -> Any:
            yield b"first"
            raise RuntimeError("broken while sending")

        return StreamingResponse(parts())

    return routes


async def test_a_request_keeps_the_trace_that_its_caller_sent(
    client_of: Any, router: APIRouter
) -> None:
    answer = await client_of(router).get("/v1/things/a", headers={"traceparent": TRACEPARENT})
    assert answer.json()["traceparent"] == answer.headers["traceparent"]
    version, trace_id, span_id, flags = answer.headers["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", TRACEPARENT.split("-")[1], "01")
    assert span_id != TRACEPARENT.split("-")[2]


@pytest.mark.parametrize("sent", [None, "", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
async def test_a_request_without_a_valid_trace_begins_one(
    client_of: Any, router: APIRouter, sent: str | None
) -> None:
    headers = {} if sent is None else {"traceparent": sent}
    answer = await client_of(router).get("/v1/things/a", headers=headers)
    trace_id = answer.headers["traceparent"].split("-")[1]
    assert len(trace_id) == 32
    assert int(trace_id, 16) != 0


async def test_security_headers_stand_on_every_answer(client_of: Any, router: APIRouter) -> None:
    client = client_of(router)
    for path in ("/v1/things/a", "/v1/things/defect", "/nowhere"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]


async def test_an_expected_error_is_a_problem_with_its_code_and_extra_facts(
    client_of: Any, router: APIRouter
) -> None:
    answer = await client_of(router).get("/v1/things/soon")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:payops:problem:too_soon_sample",
        "title": "Too soon",
        "status": 409,
        "detail": "Wait.",
        "code": "too_soon_sample",
        "due_at": "2026-01-01T00:00:00Z",
        "trace_id": answer.headers["traceparent"].split("-")[1],
    }


async def test_a_retryable_error_says_when_to_come_again(client_of: Any, router: APIRouter) -> None:
    answer = await client_of(router).get("/v1/things/down")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert "retry_after_s" not in answer.json()


async def test_a_defect_is_a_500_problem_that_says_nothing_of_its_inside(
    client_of: Any, router: APIRouter, log_lines: list[Any]
) -> None:
    answer = await client_of(router).get("/v1/things/defect")
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    assert [line["event"] for line in log_lines] == ["http.defect", "http.request"]


async def test_a_defect_after_the_answer_began_cuts_it_off(
    client_of: Any, router: APIRouter
) -> None:
    with pytest.raises(RuntimeError, match="broken while sending"):
        await client_of(router).get("/v1/half")


async def test_validation_errors_point_at_what_is_wrong(client_of: Any, router: APIRouter) -> None:
    client = client_of(router)
    query = (await client.get("/v1/list?limit=500&statsu=PAID")).json()
    assert query["status"] == 422
    assert [(e["pointer"], e["code"]) for e in query["errors"]] == [
        ("/query/limit", "less_than_equal"),
        ("/query/statsu", "extra_forbidden"),
    ]
    body = (await client.post("/v1/things", json={"a/b": "secret-input"})).json()
    assert body["errors"][0]["pointer"] == "/body/a~1b"
    assert "secret-input" not in str(body)


async def test_an_unknown_route_and_a_wrong_method_are_problems(
    client_of: Any, router: APIRouter
) -> None:
    client = client_of(router)
    missing = await client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_route")
    wrong = await client.delete("/v1/list")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_body_over_the_limit_is_refused_declared_or_not(
    client_of: Any, router: APIRouter
) -> None:
    client = client_of(router, body_bytes_max=20)
    assert (await client.post("/v1/things", json={"a": 1})).status_code == 200

    async def undeclared() -> Any:
        for _ in range(10):
            yield b'{"a": 1}'

    declared = await client.post("/v1/things", content=b" " * 21)
    chunked = await client.post(
        "/v1/things", content=undeclared(), headers={"content-type": "application/json"}
    )
    for answer in (declared, chunked):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("thing_id", ["a b", "a/b", "a%2Fb", "50%", "ü?#", "..", ".", "a+b", "a/"])
async def test_an_id_survives_a_path_whatever_its_characters(
    client_of: Any, router: APIRouter, thing_id: str
) -> None:
    answer = await client_of(router).get(f"/v1/things/{encoded_id(thing_id)}")
    assert answer.json()["id"] == thing_id


@pytest.mark.parametrize("path", ["/v1/things/a%00b", "/v1/things/a%1Fb", "/v1/things/%0A"])
async def test_control_characters_name_nothing(
    client_of: Any, router: APIRouter, path: str
) -> None:
    assert (await client_of(router).get(path)).status_code == 404


async def test_the_access_line_names_the_route_and_no_person(
    client_of: Any, router: APIRouter, log_lines: list[Any]
) -> None:
    await client_of(router).get("/v1/things/viewer@payops.local?q=viewer@payops.local")
    (line,) = log_lines
    assert (line["event"], line["route"], line["status"]) == (
        "http.request",
        "/v1/things/{thing_id}",
        200,
    )
    assert "@" not in str(line)


async def test_requests_are_measured_by_route_and_health_is_not(
    client_of: Any, router: APIRouter, metrics: CollectorRegistry, log_lines: list[Any]
) -> None:
    client = client_of(router)
    await client.get("/v1/things/a")
    await client.get("/v1/things/b")
    await client.get("/health/live")
    labels = {"method": "GET", "route": "/v1/things/{thing_id}", "status": "200"}
    assert metrics.get_sample_value("payops_http_request_seconds_count", labels) == 2
    assert "/health" not in (await client.get("/metrics")).text
    assert len(log_lines) == 2


async def test_a_tracer_gets_one_span_a_request_inside_the_callers_trace(
    router: APIRouter,
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    app = create_http_app(
        title="Traced",
        settings=ServiceSettings(),
        health=ServiceHealth("traced"),
        metrics=CollectorRegistry(),
        routers=[router],
        tracer=provider.get_tracer("test"),
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://traced") as client:
        answer = await client.get("/v1/things/a", headers={"traceparent": TRACEPARENT})
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /v1/things/{thing_id}"
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == TRACEPARENT.split("-")[2]
    assert answer.headers["traceparent"].split("-")[2] == f"{span.context.span_id:016x}"
    provider.shutdown()


async def test_a_path_says_what_all_its_routes_take(client_of: Any, router: APIRouter) -> None:
    @router.delete("/things/{thing_id}")
    async def drop(thing_id: PathId) -> None:
        raise NotFound(thing_id)

    @router.post("/things/{thing_id}/parts")
    async def part(thing_id: PathId) -> None:
        raise NotFound(thing_id)

    client = client_of(router)
    told = await client.request("OPTIONS", "/v1/things/a")
    assert (told.status_code, told.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS")
    wrong = await client.put("/v1/things/a")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS")
    assert (await client.get("/v1/things/a/parts")).headers["allow"] == "OPTIONS, POST"
    assert (await client.request("OPTIONS", "/v1/nothing")).status_code == 404


async def test_a_word_of_a_route_is_no_id(client_of: Any, router: APIRouter) -> None:
    @router.post("/things/export")
    async def export() -> None:
        raise NotFound("nothing")

    client = client_of(router)
    for method in ("GET", "DELETE", "HEAD", "OPTIONS"):
        answer = await client.request(method, "/v1/things/export")
        assert answer.status_code == (204 if method == "OPTIONS" else 405)
        assert answer.headers["allow"] == "OPTIONS, POST"
    assert (await client.post("/v1/things/export")).status_code == 404
    assert (await client.get("/v1/things/exports")).status_code == 200


async def test_head_is_get_without_its_body(client_of: Any, router: APIRouter) -> None:
    client = client_of(router)
    got, headed = await client.get("/v1/list"), await client.head("/v1/list")
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == got.headers["content-length"]
    refused = await client.head("/v1/list?limit=0")
    assert (refused.status_code, refused.content) == (422, b"")
    assert (await client.head("/v1/things")).headers["allow"] == "OPTIONS, POST"


async def test_a_stream_ends_when_only_its_head_is_wanted(
    client_of: Any, router: APIRouter, log_lines: list[Any]
) -> None:
    sent = []

    @router.get("/endless")
    async def endless() -> StreamingResponse:
        async def parts() -> Any:
            while True:
                sent.append(b"part")
                yield b"part"

        return StreamingResponse(parts())

    async with asyncio.timeout(30):
        answer = await client_of(router).head("/v1/endless")
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(sent) == 2
    assert [(line["method"], line["status"]) for line in log_lines] == [("HEAD", 200)]
