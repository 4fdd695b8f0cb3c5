"""HTTP to one service: bytes out, bytes back, nothing interpreted.

aiohttp and not httpx: here every request of the platform passes, and httpx costs four times the
time of it (0.8 against 0.2 ms of CPU a request, measured).
"""

from collections.abc import AsyncIterator, Mapping

import aiohttp
import yarl

CONNECT_TIMEOUT_S = 1.0
CONNECTION_TIMEOUT_S = 2.0
"""How long a request waits for a connection of its service, free or new."""
READ_TIMEOUT_S = 15.0
"""Between two pieces of an answer, not for the whole of it."""
CONNECTIONS_MAX = 100
KEEP_ALIVE_S = 10.0
"""Shorter than the services keep idle connections, so that we seldom use a closed one."""


class NoAnswer(Exception):
    """The other side gave no (whole) answer. ``late``: it let a time limit pass."""

    def __init__(self, late: bool) -> None:
        super().__init__("late" if late else "broken")
        self.late = late


class HttpWire:
    """A pool of kept connections. Connects when first used."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> "ServiceResponse":
        """The answer to one request; ``url`` is percent-encoded. Raises ``NoAnswer``.

        A GET on a kept connection that was closed is sent once more.
        """
        if self._session is None:
            self._session = _session()
        try:
            response = await self._session.request(
                method,
                yarl.URL(url, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError) as error:
            raise _no_answer(error) from error
        return ServiceResponse(response)

    async def close(self) -> None:
        """Give all connections back."""
        if self._session is not None:
            await self._session.close()


class ServiceResponse:
    """A status line and headers; the body is still to be read, or given up by ``close``."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes, not decoded; raises ``NoAnswer`` when it breaks off."""
        try:
            async for part in self._response.content.iter_any():
                yield part
        except (aiohttp.ClientError, OSError) as error:
            raise _no_answer(error) from error

    def close(self) -> None:
        """Give the connection back; a body that was not read to its end costs it."""
        # At its end the body has given the connection back already, and closing does nothing.
        self._response.close()


def _no_answer(error: Exception) -> NoAnswer:
    # aiohttp's own timeouts are TimeoutErrors, which are OSErrors.
    return NoAnswer(late=isinstance(error, TimeoutError))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=CONNECTIONS_MAX, limit_per_host=0, keepalive_timeout=KEEP_ALIVE_S
        ),
        timeout=aiohttp.ClientTimeout(
            total=None,
            connect=CONNECTION_TIMEOUT_S,
            sock_connect=CONNECT_TIMEOUT_S,
            sock_read=READ_TIMEOUT_S,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        auto_decompress=False,
        trust_env=False,
    )
