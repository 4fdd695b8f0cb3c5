"""One HTTP client a service: its own connections, its own timeouts, its own failures."""

from collections.abc import Mapping

import httpx

from gateway.errors import ServiceDown
from payops_kernel.logging import get_logger

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 15.0
"""Between two pieces of an answer, not for the whole of it."""
WRITE_TIMEOUT_S = 5.0
POOL_TIMEOUT_S = 1.0
"""How long a request waits for a connection of its service."""
READY_TIMEOUT_S = 1.5
CONNECTIONS_MAX = 100
KEEP_ALIVE_S = 10.0
"""Shorter than the services keep idle connections, so that we never use a closed one."""
SAFE_METHODS = frozenset({"GET", "HEAD"})

_BROKEN_CONNECTION = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)

log = get_logger(__name__)


class ServiceClient:
    """The service ``name`` at ``base_url``; ``transport`` is for tests."""

    def __init__(
        self, name: str, base_url: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.name = name
        self._base = httpx.URL(base_url)
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(
                connect=CONNECT_TIMEOUT_S,
                read=READ_TIMEOUT_S,
                write=WRITE_TIMEOUT_S,
                pool=POOL_TIMEOUT_S,
            ),
            limits=httpx.Limits(
                max_connections=CONNECTIONS_MAX,
                max_keepalive_connections=CONNECTIONS_MAX,
                keepalive_expiry=KEEP_ALIVE_S,
            ),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> httpx.Response:
        """The service's answer with its body unread: the caller reads and closes it.

        ``target`` is path and query, percent-encoded. Raises ``ServiceDown``.
        """
        request = self._client.build_request(
            method, self._base.copy_with(raw_path=target.encode()), headers=headers, content=body
        )
        try:
            try:
                return await self._client.send(request, stream=True)
            except _BROKEN_CONNECTION:
                # An idle connection that the service closed as we took it; asking twice is safe.
                if method not in SAFE_METHODS:
                    raise
                return await self._client.send(request, stream=True)
        except httpx.TransportError as error:
            raise self.down(error) from error

    async def readiness(self) -> str | None:
        """A sentence about why the service is not ready, or None when it is."""
        try:
            answer = await self._client.get(
                self._base.copy_with(raw_path=b"/health/ready"), timeout=READY_TIMEOUT_S
            )
            if answer.status_code == httpx.codes.OK:
                return None
            reasons = answer.json()["reasons"]
        except httpx.TransportError:
            return f"{self.name} does not answer; its routes answer 503."
        except (ValueError, KeyError, TypeError):
            return f"{self.name} is not ready."
        return f"{self.name} is not ready: " + " ".join(str(reason) for reason in reasons)

    def down(self, error: httpx.TransportError) -> ServiceDown:
        """The refusal for a transport that failed, logged."""
        log.warning("gateway.service_down", peer=self.name, error=type(error).__name__)
        late = isinstance(error, httpx.TimeoutException)
        return ServiceDown(
            f"The service {self.name} "
            + ("did not answer in time." if late else "does not answer.")
            + " The rest of the platform is not affected; try again.",
            service=self.name,
        )

    async def close(self) -> None:
        """Give all connections back."""
        await self._client.aclose()
