"""One client a service: its own connections, its own limits, its own failures."""

import asyncio
from collections.abc import Mapping

import orjson

from gateway.clients.wire import HttpWire, NoAnswer, ServiceResponse
from gateway.errors import ServiceDown
from payops_kernel.logging import get_logger

READY_TIMEOUT_S = 1.5

log = get_logger(__name__)


class ServiceClient:
    """The service ``name`` at ``base_url`` (no path); ``wire`` is for tests."""

    def __init__(self, name: str, base_url: str, wire: HttpWire | None = None) -> None:
        self.name = name
        self._base = base_url.rstrip("/")
        self._wire = wire or HttpWire()

    async def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> ServiceResponse:
        """The service's answer with its body unread: the caller reads and closes it.

        ``target`` is path and query, percent-encoded. Raises ``ServiceDown``.
        """
        try:
            return await self._wire.send(method, self._base + target, headers, body)
        except NoAnswer as error:
            raise self.down(error) from error

    async def read(self, answer: ServiceResponse) -> bytes:
        """The whole body; closes the answer. Raises ``ServiceDown`` when it breaks off."""
        try:
            return b"".join([part async for part in answer.parts()])
        except NoAnswer as error:
            raise self.down(error) from error
        finally:
            answer.close()

    async def readiness(self, zone: str) -> str | None:
        """A sentence about why the service is not ready, or reports in another zone; or None."""
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                answer = await self._wire.send("GET", self._base + "/health/ready", {}, None)
                body = await self.read(answer)
            told = orjson.loads(body)
            if told["ready"] is True:
                return self._zone_apart(told.get("zone", zone), zone)
            reasons = " ".join(str(reason) for reason in told["reasons"])
        except (NoAnswer, ServiceDown, TimeoutError):
            return f"{self.name} does not answer; its routes answer 503."
        except (ValueError, KeyError, TypeError):
            return f"{self.name} is not ready."
        return f"{self.name} is not ready: {reasons}"

    def _zone_apart(self, theirs: str, ours: str) -> str | None:
        if theirs == ours:
            return None
        return (
            f"{self.name} reports in the days of {theirs}, the gateway in those of {ours}: "
            "set one PAYOPS_ZONE for all services."
        )

    def down(self, error: NoAnswer) -> ServiceDown:
        """The refusal for a request that got no answer, logged."""
        log.warning("gateway.service_down", peer=self.name, late=error.late)
        return ServiceDown(
            f"The service {self.name} "
            + ("did not answer in time." if error.late else "does not answer.")
            + " Try again.",
            service=self.name,
        )

    async def close(self) -> None:
        """Give all connections back."""
        await self._wire.close()
