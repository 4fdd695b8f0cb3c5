"""Callers of an app under test: somebody with a role and a token that the app trusts."""

from collections.abc import Callable

import httpx
from fastapi import FastAPI

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.principals import UserRole
from payops_kernel.auth.tokens import TokenVerifier

ISSUER, AUDIENCE = "payops-local", "payops"

ClientOf = Callable[..., httpx.AsyncClient]


def client_maker() -> ClientOf:
    """``client_of(app, role)``: a client that calls as that role; None is without a token."""
    issuer = TokenIssuer(new_signing_key(), issuer=ISSUER, audience=AUDIENCE)

    def client_of(app: FastAPI, role: UserRole | None = UserRole.VIEWER) -> httpx.AsyncClient:
        keys = FixedKeys(issuer.jwks())
        app.state.verifier = TokenVerifier(keys, issuer=ISSUER, audience=AUDIENCE)
        token = None if role is None else issuer.issue(f"local:{role}", role.title(), [role])
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://service",
            headers={"authorization": f"Bearer {token}"} if token else {},
        )

    return client_of
