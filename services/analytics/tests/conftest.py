"""An app with tokens that it trusts, and a way to ask it as somebody."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.principals import UserRole
from payops_kernel.auth.tokens import TokenVerifier

ClientOf = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer(new_signing_key(), issuer="payops-local", audience="payops")


@pytest.fixture
def client_of(issuer: TokenIssuer) -> ClientOf:
    """A client of an app, as somebody with a role; None is somebody without a token."""

    def make(app: FastAPI, role: UserRole | None = UserRole.VIEWER) -> httpx.AsyncClient:
        app.state.verifier = TokenVerifier(
            FixedKeys(issuer.jwks()), issuer="payops-local", audience="payops"
        )
        token = None if role is None else issuer.issue(f"local:{role}", role.title(), [role])
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://analytics",
            headers={"authorization": f"Bearer {token}"} if token else {},
        )

    return make
