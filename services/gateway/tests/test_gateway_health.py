"""A service that is down is told, and the gateway goes on."""

from typing import Any

import httpx


async def test_the_gateway_is_ready_when_its_services_are(anonymous: Any) -> None:
    answer = await anonymous.get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (200, [])
    assert answer.json()["service"] == "gateway"


async def test_the_gateway_stays_ready_and_names_the_services_that_are_not(
    anonymous: Any, services: Any
) -> None:
    def refused(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    services.answers["analytics"] = refused
    services.answers["transactions"] = lambda _: httpx.Response(
        503, json={"reasons": ["MongoDB does not answer."]}
    )
    answer = await anonymous.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["reasons"] == [
        "transactions is not ready: MongoDB does not answer.",
        "analytics does not answer; its routes answer 503.",
    ]


async def test_a_readiness_that_cannot_be_read_is_told_too(anonymous: Any, services: Any) -> None:
    services.answers["analytics"] = lambda _: httpx.Response(503, text="<html>")
    assert (await anonymous.get("/health/ready")).json()["reasons"] == ["analytics is not ready."]
