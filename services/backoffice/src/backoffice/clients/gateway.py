"""The gateway's API: the only source of data, asked with the session's own token.

aiohttp and not httpx: it costs a quarter of the time, and every page pays it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from backoffice.errors import Refused, ServiceAway, SessionOver
from payops_kernel.http.tracing import current_trace

GATEWAY = "gateway"
CONNECT_TIMEOUT_S = 4.0
"""Three times the 1.3 s for which fifty lists that are asked for at once keep this process from
looking at a connection that is there. A gateway that is down refuses at once; a page waits so long
only for one whose machine is gone."""
CONNECTION_TIMEOUT_S = 6.0
"""That, and two seconds of waiting for a connection that is free: 120 lists at once wait 0.2 s."""
READ_TIMEOUT_S = 20.0
"""Between two pieces of an answer; longer than the gateway's own for a service."""
CONNECTIONS_MAX = 200
KEEP_ALIVE_S = 10.0
"""Shorter than the gateway keeps idle connections, so that we seldom use a closed one."""
STREAM_BYTES = 64 * 1024
AWAY = frozenset({502, 503, 504})

Query = Mapping[str, object] | Sequence[tuple[str, object]]
"""A query's parameters, lists for several values of one; what is empty is not sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered: the body's JSON (None of an empty one), status and headers."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Stream:
    """An answer whose body is passed on as it comes."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def parts(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        async for part in self._response.content.iter_chunked(STREAM_BYTES):
            yield part

    async def json(self) -> Any:
        """The whole body, where it turns out to be short."""
        return orjson.loads(await self._response.read())


class Gateway:
    """The gateway's routes. Connects when first used."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._streams: aiohttp.ClientSession | None = None

    def caller(self, token: str | None) -> "Caller":
        """The gateway as somebody sees it who has this token."""
        return Caller(self, token)

    @asynccontextmanager
    async def send(
        self, method: str, path: str, headers: Mapping[str, str], query: Query,
        body: bytes | None = None, *, endless: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:  # fmt: skip
        """One request; raises ``ServiceAway`` when the gateway does not answer.

        An ``endless`` one takes no connection from the others.
        """
        try:
            async with self._connections(endless).request(
                method, self._url + path, headers=headers, params=_pairs(query), data=body,
                allow_redirects=False,
            ) as response:  # fmt: skip
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ServiceAway(GATEWAY, _trace_id()) from error

    async def close(self) -> None:
        """Give all connections back."""
        for session in (self._session, self._streams):
            if session is not None:
                await session.close()

    def _connections(self, endless: bool) -> aiohttp.ClientSession:
        if endless:
            self._streams = self._streams or _session(connections_max=0)
            return self._streams
        self._session = self._session or _session(CONNECTIONS_MAX)
        return self._session


class Caller:
    """The gateway's routes for one person.

    Every call raises ``SessionOver`` when the token is taken no longer, ``ServiceAway`` when what
    is needed does not answer, and ``Refused`` for every other refusal.
    """

    def __init__(self, gateway: Gateway, token: str | None) -> None:
        self._gateway = gateway
        self._token = token

    async def get(self, path: str, query: Query = ()) -> Any:
        """The JSON of a GET."""
        return (await self.ask("GET", path, query=query)).body

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The JSON of a POST; ``key`` is its ``Idempotency-Key``."""
        return (await self.ask("POST", path, body=body, key=key)).body

    async def put(self, path: str, body: object) -> Any:
        """The JSON of a PUT."""
        return (await self.ask("PUT", path, body=body)).body

    async def delete(self, path: str, *, key: str | None = None) -> Any:
        """The JSON of a DELETE."""
        return (await self.ask("DELETE", path, key=key)).body

    async def ask(
        self, method: str, path: str, *, query: Query = (), body: object = None,
        key: str | None = None, headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """A request with all that can be said, and the whole answer."""
        content = None if body is None else orjson.dumps(body)
        sent = self._headers(content, key) | dict(headers or {})
        async with self._gateway.send(method, path, sent, query, content) as response:
            said = await response.read()
            if response.status >= 400:
                raise _failure(response.status, said)
            return Answer(response.status, response.headers, orjson.loads(said) if said else None)

    @asynccontextmanager
    async def stream(
        self, path: str, query: Query = (), headers: Mapping[str, str] | None = None,
        body: object = None, *, endless: bool = False,
    ) -> AsyncIterator[Stream]:  # fmt: skip
        """An answer that is long: a file, or events, which are ``endless``.

        A POST with a ``body``, else a GET.
        """
        content = None if body is None else orjson.dumps(body)
        method = "GET" if body is None else "POST"
        sent = self._headers(content, None) | dict(headers or {})
        request = self._gateway.send(method, path, sent, query, content, endless=endless)
        async with request as response:
            if response.status >= 400:
                raise _failure(response.status, await response.read())
            yield Stream(response)

    def _headers(self, content: bytes | None, key: str | None) -> dict[str, str]:
        trace = current_trace()
        given = {
            "authorization": f"Bearer {self._token}" if self._token else None,
            "traceparent": trace.traceparent if trace else None,
            "content-type": None if content is None else "application/json",
            "idempotency-key": key,
        }
        return {name: value for name, value in given.items() if value is not None}


def _failure(status: int, said: bytes) -> Exception:
    try:
        problem: dict[str, Any] = orjson.loads(said)
    except ValueError:
        problem = {}
    if status == 401 and problem.get("code") != "sign_in_refused":
        return SessionOver("Sign in again to go on.")
    if status in AWAY:
        return ServiceAway(str(problem.get("service") or GATEWAY), problem.get("trace_id"))
    return Refused(status, problem)


def _pairs(query: Query) -> list[tuple[str, str]]:
    given = query.items() if isinstance(query, Mapping) else query
    pairs = [
        (name, each)
        for name, value in given
        for each in (value if isinstance(value, list | tuple) else [value])
    ]
    return [(name, str(value)) for name, value in pairs if value not in (None, "")]


def _trace_id() -> str | None:
    trace = current_trace()
    return trace.trace_id if trace else None


def _session(connections_max: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=connections_max, limit_per_host=0, keepalive_timeout=KEEP_ALIVE_S
        ),
        timeout=aiohttp.ClientTimeout(
            total=None,
            connect=CONNECTION_TIMEOUT_S,
            sock_connect=CONNECT_TIMEOUT_S,
            sock_read=READ_TIMEOUT_S,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
