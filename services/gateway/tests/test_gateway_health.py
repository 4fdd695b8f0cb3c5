"""A service that is down is told, and the gateway goes on."""

from typing import Any

import httpx
import pytest
from pydantic import HttpUrl

from gateway.bootstrap import SERVICE, bootstrap
from gateway.settings import Settings
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.process import Process
from payops_kernel.settings import UnfitSettings


async def test_the_gateway_is_ready_when_its_services_are(anonymous: Any) -> None:
    answer = await anonymous.get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (200, [])
    assert answer.json()["service"] == "gateway"


async def test_the_gateway_stays_ready_and_names_the_services_that_are_not(
    anonymous: Any, services: Any
) -> None:
    services.fail("analytics")
    body = b'{"ready":false,"reasons":["MongoDB does not answer."]}'
    services.play("transactions", status=503, body=body)
    answer = await anonymous.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["reasons"] == [
        "analytics does not answer; its routes answer 503.",
        "transactions is not ready: MongoDB does not answer.",
    ]


async def test_a_readiness_that_cannot_be_read_is_told_too(anonymous: Any, services: Any) -> None:
    services.play("analytics", status=503, body=b"<html>")
    assert (await anonymous.get("/health/ready")).json()["reasons"] == ["analytics is not ready."]


async def test_a_service_that_reports_in_another_zone_is_named(
    anonymous: Any, services: Any
) -> None:
    services.play("transactions", body=b'{"ready":true,"zone":"Europe/Rome"}')
    services.play("analytics", body=b'{"ready":true,"zone":"UTC"}')
    answer = await anonymous.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"], answer.json()["zone"]) == (200, True, "UTC")
    assert answer.json()["reasons"] == [
        "transactions reports in the days of Europe/Rome, the gateway in those of UTC: "
        "set one PAYOPS_ZONE for all services."
    ]


async def test_a_service_without_an_address_is_told_and_costs_its_own_routes_only(
    settings: Settings, issuer: TokenIssuer, services: Any
) -> None:
    settings = settings.model_copy(update={"services": {"transactions": "http://transactions"}})
    runtime, wires = Process(SERVICE, settings), {"transactions": services.wire("transactions")}
    app = bootstrap(settings, runtime, wires).http_app("test", "test")
    token = issuer.issue("v@payops.local", "V", [UserRole.VIEWER])
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://gateway",
        headers={"authorization": f"Bearer {token}"},
    )
    async with app.router.lifespan_context(app), client:
        missing = await client.get("/v1/kpis/daily-payments")
        assert (missing.status_code, missing.json()["service"]) == (503, "analytics")
        assert (await client.get("/v1/transactions")).status_code == 200
        ready = (await client.get("/health/ready")).json()
    assert "analytics does not answer; its routes answer 503." in ready["reasons"]


def test_an_address_of_a_service_that_has_no_document_is_refused_at_the_start() -> None:
    settings = Settings(services={"kpis": HttpUrl("http://127.0.0.1:8615")})
    with pytest.raises(UnfitSettings, match="no OpenAPI document of kpis"):
        bootstrap(settings, Process(SERVICE, settings))
