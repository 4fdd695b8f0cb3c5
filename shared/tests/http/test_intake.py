"""Writes are refused while the intake says so; reads, health and other services are not."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from payops_kernel.errors import PayOpsError, Unavailable
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings

ClientWith = Callable[[Callable[[], None] | None], httpx.AsyncClient]
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
READING, WRITING = METHODS[:3], METHODS[3:]


def closed() -> None:
    raise Unavailable("Come again.", retry_after_s=7)


def opened() -> None:
    return


@pytest.fixture
def client_with(health: ServiceHealth, metrics: CollectorRegistry) -> ClientWith:
    """Makes a client of an app that takes every method at one path, with an intake."""

    def make(intake: Callable[[], None] | None) -> httpx.AsyncClient:
        routes = APIRouter()

        @routes.api_route("/things", methods=METHODS, include_in_schema=False)
        async def things() -> str:
            return "done"

        app = create_http_app(
            title="Sample", settings=ServiceSettings(), health=health, metrics=metrics,
            routers=[routes], intake=intake,
        )  # fmt: skip
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sample")

    return make


@pytest.mark.parametrize("method", WRITING)
async def test_a_closed_intake_refuses_what_may_change_something(
    client_with: ClientWith, method: str
) -> None:
    answer = await client_with(closed).request(method, "/things")
    error: type[PayOpsError] = Unavailable
    assert (answer.status_code, answer.json()["code"]) == (error.status, error.code)
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize("method", READING)
async def test_a_closed_intake_lets_reads_pass(client_with: ClientWith, method: str) -> None:
    assert (await client_with(closed).request(method, "/things")).status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/openapi.json"])
async def test_a_closed_intake_is_nothing_to_those_who_watch(
    client_with: ClientWith, path: str
) -> None:
    assert (await client_with(closed).get(path)).status_code == 200


@pytest.mark.parametrize("intake", [None, opened], ids=["none", "opened"])
@pytest.mark.parametrize("method", METHODS)
async def test_without_an_intake_or_with_an_open_one_everything_is_taken(
    client_with: ClientWith, intake: Callable[[], None] | None, method: str
) -> None:
    assert (await client_with(intake).request(method, "/things")).status_code == 200


async def test_a_refusal_is_measured_under_its_route(
    client_with: ClientWith, metrics: CollectorRegistry
) -> None:
    await client_with(closed).post("/things")
    labels = {"method": "POST", "route": "/things", "status": "503"}
    assert metrics.get_sample_value("payops_http_request_seconds_count", labels) == 1
