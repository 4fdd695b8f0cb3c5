"""The gateway itself behind the pages, without a socket between them; its services are played."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import orjson

import gateway.bootstrap as module
from backoffice.clients.gateway import Gateway, Query
from gateway.clients.wire import HttpWire, ServiceResponse
from gateway.settings import Settings
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.settings import Role
from payops_testing.services import service_on

SERVICES = {"transactions": "http://127.0.0.1:8611", "analytics": "http://127.0.0.1:8615"}
Answers = Callable[[str], Any]
"""What the services answer at a path (with its query); None where there is nothing."""


class RealGateway(Gateway):
    """Asks the gateway's app; a person's token here is the name of their role."""

    def __init__(self, app: httpx.AsyncClient, issuer: TokenIssuer) -> None:
        super().__init__("http://gateway")
        self._app = app
        self._issuer = issuer

    @asynccontextmanager
    async def send(
        self, method: str, path: str, headers: Mapping[str, str], query: Query,
        body: bytes | None = None, *, endless: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:  # fmt: skip
        role = UserRole(headers["authorization"].removeprefix("Bearer "))
        token = self._issuer.issue(f"{role}@payops.local", role.title(), [role])
        pairs = list(query.items() if isinstance(query, Mapping) else query)
        yield _Answer(  # type: ignore[misc]
            await self._app.request(
                method,
                path,
                headers={**headers, "authorization": f"Bearer {token}"},
                params={name: value for name, value in pairs if value is not None},  # type: ignore[misc]
                content=body,
            )
        )


class _Answer:
    """An answer as aiohttp gives it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self._body = answer.content

    async def read(self) -> bytes:
        return self._body


class _PlayedWire(HttpWire):
    """The wire to a played service."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> "_PlayedAnswer":
        said = self._answers("/" + url.split("/", 3)[3])
        return _PlayedAnswer(404 if said is None else 200, orjson.dumps(said or {}))

    async def close(self) -> None:
        pass


class _PlayedAnswer(ServiceResponse):
    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.headers: Mapping[str, str] = {
            "content-type": "application/json",
            "content-length": str(len(body)),
        }
        self._body = body

    async def parts(self) -> AsyncIterator[bytes]:
        yield self._body

    def close(self) -> None:
        pass


@asynccontextmanager
async def real_gateway(
    mongo_uri: str, key_file: Path, answers: Answers, **settings: str
) -> AsyncIterator[RealGateway]:
    """The gateway with these settings, on a database of its own."""
    own = Settings(
        auth_jwks="",
        local_issuer_key=str(key_file),
        services=SERVICES,
        role=Role.API,
        **settings,  # type: ignore[arg-type]
    )
    wires = {name: _PlayedWire(answers) for name in SERVICES}
    issuer = TokenIssuer.from_file(key_file, issuer="payops-local", audience="payops")
    async with service_on(mongo_uri, module, own, wires=wires) as service:
        transport = httpx.ASGITransport(app=service.http_app("test", "test"))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as app:
            yield RealGateway(app, issuer)
