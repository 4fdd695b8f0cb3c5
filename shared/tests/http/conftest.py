"""A small app with the kernel's edge, and tokens that it trusts."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import structlog
from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.principals import UserRole
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.http import edge
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings

ClientOf = Callable[..., httpx.AsyncClient]
TokenOf = Callable[..., str]


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer(new_signing_key(), issuer="payops-local", audience="payops")


@pytest.fixture
def verifier(issuer: TokenIssuer) -> TokenVerifier:
    return TokenVerifier(FixedKeys(issuer.jwks()), issuer="payops-local", audience="payops")


@pytest.fixture
def token_of(issuer: TokenIssuer) -> TokenOf:
    def token(role: UserRole, lifetime: timedelta = timedelta(minutes=5)) -> str:
        return issuer.issue(f"local:{role}", role.title(), [role], lifetime)

    return token


@pytest.fixture
def health() -> ServiceHealth:
    return ServiceHealth("sample")


@pytest.fixture
def metrics() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client_of(
    health: ServiceHealth, metrics: CollectorRegistry, verifier: TokenVerifier
) -> ClientOf:
    """Makes a client of an app with the given router."""

    def make(router: APIRouter | None = None, body_bytes_max: int = 1024) -> httpx.AsyncClient:
        app = create_http_app(
            title="Sample",
            settings=ServiceSettings(),
            health=health,
            metrics=metrics,
            routers=[router] if router else [],
            verifier=verifier,
            body_bytes_max=body_bytes_max,
        )
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sample")

    return make


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> list[structlog.typing.EventDict]:
    """What the edge logs, whatever an earlier test has made of logging."""
    capture = structlog.testing.LogCapture()
    monkeypatch.setattr(edge, "log", structlog.wrap_logger(None, processors=[capture]))
    return capture.entries
