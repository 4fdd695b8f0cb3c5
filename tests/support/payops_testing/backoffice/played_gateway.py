"""A gateway that answers what a test says, and notes what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from backoffice.clients.gateway import Gateway, Query
from backoffice.errors import ServiceAway

PAGES = "/v1/pages"
"""Every page reads the configuration now and then: what a test is about is what else is asked."""


@dataclass
class Said:
    """An answer of the played gateway, as much of aiohttp's as is looked at."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    async def read(self) -> bytes:
        return self.content


@dataclass(frozen=True)
class Asked:
    """A request that the gateway got."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Query
    body: Any


class PlayedGateway(Gateway):
    """Answers by method and path; what is not played is a 404."""

    def __init__(self) -> None:
        super().__init__("http://gateway")
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], Said | Exception] = {}

    def play(self, method: str, path: str, body: object = None, status: int = 200) -> None:
        """From now on the gateway answers so."""
        self._answers[method, path] = Said(status, orjson.dumps(body))

    def fail(self, method: str, path: str) -> None:
        """From now on it does not answer this."""
        self._answers[method, path] = ServiceAway("gateway")

    @asynccontextmanager
    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Query,
        body: bytes | None = None,
        *,
        endless: bool = False,
    ) -> AsyncIterator[Any]:
        given = None if body is None else orjson.loads(body)
        if path != PAGES:
            self.asked.append(Asked(method, path, dict(headers), query, given))
        answer = self._answers.get((method, path), Said(404, b'{"code": "not_found"}'))
        if isinstance(answer, Exception):
            raise answer
        yield answer

    async def close(self) -> None:
        pass


class SilentGateway(PlayedGateway):
    """Takes what is asked of one path, and never answers it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    @asynccontextmanager
    async def send(self, method: str, path: str, *args: Any, **others: Any) -> AsyncIterator[Any]:
        if path == self._path:
            await asyncio.Event().wait()
        async with super().send(method, path, *args, **others) as answer:
            yield answer
