"""The gateway's app with services that the test plays."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.bootstrap import bootstrap
from gateway.main import create_app
from gateway.settings import Settings
from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import UserRole

Answer = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class PlayedServices:
    """What the services behind the gateway answer, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, Answer] = {}

    def transport(self, service: str) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            found = self.answers.get(service, _fine)(request)
            return _unread(found if isinstance(found, httpx.Response) else await found)

        return httpx.MockTransport(answer)


def _fine(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={})


def _unread(answer: httpx.Response) -> httpx.Response:
    """A response as a connection gives it: its body still to come."""
    if not answer.is_stream_consumed:
        return answer
    stream = httpx.ByteStream(answer.content)
    return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)


@pytest.fixture
def services() -> PlayedServices:
    return PlayedServices()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "issuer.pem"
    file.write_bytes(new_signing_key())
    return file


@pytest.fixture
def settings(key_file: Path) -> Settings:
    return Settings(auth_jwks="", local_issuer_key=str(key_file))


@pytest.fixture
def issuer(key_file: Path) -> TokenIssuer:
    return TokenIssuer.from_file(key_file, issuer="payops-local", audience="payops")


@pytest.fixture
def client_of(services: PlayedServices) -> Callable[[Settings], httpx.AsyncClient]:
    def make(settings: Settings) -> httpx.AsyncClient:
        transports = {name: services.transport(name) for name in ("transactions", "analytics")}
        app = create_app(bootstrap(settings, transports))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway")

    return make


@pytest.fixture
async def client(
    settings: Settings, client_of: Callable[[Settings], httpx.AsyncClient], issuer: TokenIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer."""
    async with client_of(settings) as made:
        made.headers["authorization"] = f"Bearer {_token(issuer, UserRole.VIEWER)}"
        yield made


def _token(issuer: TokenIssuer, role: UserRole) -> str:
    return issuer.issue(f"{role}@payops.local", role.title(), [role])


@pytest.fixture
def anonymous(settings: Settings, client_of: Any) -> httpx.AsyncClient:
    made: httpx.AsyncClient = client_of(settings)
    return made
