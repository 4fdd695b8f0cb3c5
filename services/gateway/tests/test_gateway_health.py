"""A service that is down is told, and the gateway goes on."""

from typing import Any


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
        "transactions is not ready: MongoDB does not answer.",
        "analytics does not answer; its routes answer 503.",
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
