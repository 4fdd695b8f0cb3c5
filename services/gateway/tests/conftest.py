"""The gateway's app with services that the test plays."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

import gateway.bootstrap as module
from gateway.bootstrap import SERVICE, bootstrap
from gateway.clients.wire import HttpWire, NoAnswer, ServiceResponse
from gateway.settings import Settings
from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import UserRole
from payops_kernel.runtime import Runtime, Service
from payops_kernel.settings import Role
from payops_testing.services import service_on

ADDRESSES = {
    "transactions": "http://127.0.0.1:8611",
    "subscriptions": "http://127.0.0.1:8612",
    "checkout-rules": "http://127.0.0.1:8613",
    "billing-debits": "http://127.0.0.1:8614",
    "analytics": "http://127.0.0.1:8615",
}


AT_FIRST = (
    b'{"ready":true,"items":[],"from":0,"to":0,"total":0,"total_is_capped":false,'
    b'"previous":null,"next":null}'
)
"""What a service answers that nobody has played: it is ready, and has nothing."""


@dataclass(frozen=True)
class Asked:
    """A request that a service got."""

    service: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


class Played(ServiceResponse):
    """An answer as a service gives it, its body in parts; ``breaks`` ends it early."""

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"{}",
        headers: Mapping[str, str] | None = None,
        breaks: NoAnswer | None = None,
    ) -> None:
        self.status = status
        given = httpx.Headers({"content-type": "application/json", **(headers or {})})
        given.setdefault("content-length", str(len(body)))
        self.headers: Mapping[str, str] = given
        self.closed = False
        self._body = body
        self._breaks = breaks

    async def parts(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 1000):
            yield self._body[start : start + 1000]
        if self._breaks:
            raise self._breaks

    def close(self) -> None:
        self.closed = True


class PlayedServices:
    """What the services behind the gateway answer, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[str, Played | NoAnswer] = {}

    def play(self, service: str, **answer: Any) -> Played:
        """From now on the service answers so."""
        played = Played(**answer)
        self._answers[service] = played
        return played

    def fail(self, service: str, *, late: bool = False) -> None:
        """From now on the service does not answer."""
        self._answers[service] = NoAnswer(late)

    def wire(self, service: str) -> "PlayedWire":
        return PlayedWire(self, service)

    def answer(self, asked: Asked) -> Played:
        self.asked.append(asked)
        found = self._answers.get(asked.service) or Played(body=AT_FIRST)
        if isinstance(found, NoAnswer):
            raise found
        return found


class PlayedWire(HttpWire):
    """The wire to one played service."""

    def __init__(self, services: PlayedServices, service: str) -> None:
        self._services = services
        self._service = service

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Played:
        return self._services.answer(Asked(self._service, method, url, headers, body))

    async def close(self) -> None:
        pass


@pytest.fixture
def services() -> PlayedServices:
    return PlayedServices()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "issuer.pem"
    file.write_bytes(new_signing_key())
    return file


@pytest.fixture
def settings(key_file: Path, mongo_uri: str) -> Settings:
    """Of a process that answers and consumes nothing, on a database of the test's own."""
    return Settings(
        auth_jwks="",
        local_issuer_key=str(key_file),
        services=ADDRESSES,
        mongo=mongo_uri,
        database_prefix=f"test_{uuid4().hex[:12]}_",
        role=Role.API,
    )


@pytest.fixture
def issuer(key_file: Path) -> TokenIssuer:
    return TokenIssuer.from_file(key_file, issuer="payops-local", audience="payops")


@pytest.fixture
async def client_of(
    services: PlayedServices,
) -> AsyncIterator[Callable[[Settings], httpx.AsyncClient]]:
    runtimes: list[Runtime] = []

    def make(settings: Settings) -> httpx.AsyncClient:
        wires = {name: services.wire(name) for name in settings.services}
        runtimes.append(Runtime(SERVICE, settings))
        app = bootstrap(settings, runtimes[-1], wires).http_app("test", "test")
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway")

    yield make
    for runtime in runtimes:
        runtime.mongo.close()


@pytest.fixture
async def client(
    settings: Settings, client_of: Callable[[Settings], httpx.AsyncClient], issuer: TokenIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer."""
    async with client_of(settings) as made:
        made.headers["authorization"] = bearer(issuer, UserRole.VIEWER)
        yield made


@pytest.fixture
async def operator(client: httpx.AsyncClient, issuer: TokenIssuer) -> httpx.AsyncClient:
    """The same client, now an operator's."""
    client.headers["authorization"] = bearer(issuer, UserRole.OPERATOR)
    return client


@pytest.fixture
async def keeping(
    mongo_uri: str, settings: Settings, services: PlayedServices
) -> AsyncIterator[Service[Runtime]]:
    """The gateway with its collections made; nothing runs in the background."""
    wires = {name: services.wire(name) for name in settings.services}
    async with service_on(mongo_uri, module, settings, wires=wires) as service:
        yield service


@pytest.fixture
async def user(keeping: Service[Runtime], issuer: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer at the gateway that keeps things."""
    transport = httpx.ASGITransport(app=keeping.http_app("test", "test"))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as made:
        made.headers["authorization"] = bearer(issuer, UserRole.VIEWER)
        yield made


@pytest.fixture
def published(keeping: Service[Runtime]) -> Callable[[str], Awaitable[list[Any]]]:
    """What waits in the gateway's outbox for a topic, in order."""

    async def waiting(topic: str) -> list[Any]:
        outbox = keeping.runtime.mongo.db["outbox"]
        documents = await outbox.find(sort=[("order", 1)]).to_list(None)
        messages = [each for document in documents for each in document["messages"]]
        return [orjson.loads(each["value"]) for each in messages if each["topic"] == topic]

    return waiting


def bearer(issuer: TokenIssuer, role: UserRole, user: str | None = None) -> str:
    """The header of a user with a role."""
    return f"Bearer {issuer.issue(f'{user or role}@payops.local', role.title(), [role])}"


@pytest.fixture
def anonymous(settings: Settings, client_of: Any) -> httpx.AsyncClient:
    made: httpx.AsyncClient = client_of(settings)
    return made
