"""Tokens without a role: a scope reaches the routes that name it, within the token's limits."""

from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Query

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.principals import Scope, UserRole
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.errors import Unauthenticated

MINUTE = timedelta(minutes=1)
EUROS = {"currency": "EUR"}


@pytest.fixture
def router() -> APIRouter:
    routes = APIRouter(dependencies=[Depends(requires(UserRole.VIEWER, Scope.KPIS))])

    @routes.get("/kpis")
    async def kpis(currency: Annotated[list[str] | None, Query()] = None) -> list[str]:
        return currency or []

    @routes.post("/kpis/verifications", dependencies=[Depends(requires(UserRole.OPERATOR))])
    async def verify() -> None: ...

    @routes.get("/rows", dependencies=[Depends(requires(UserRole.VIEWER))])
    async def rows() -> None: ...

    return routes


def scoped(issuer: TokenIssuer, **claims: Any) -> str:
    return issuer.issue_scoped("embed:1", "Embedded", Scope.KPIS, MINUTE, claims)


@pytest.fixture
def client(client_of: Any, router: APIRouter) -> httpx.AsyncClient:
    made: httpx.AsyncClient = client_of(router)
    return made


async def _statuses(client: httpx.AsyncClient, token: str, *targets: str) -> list[int]:
    headers = {"authorization": f"Bearer {token}"}
    return [(await client.get(target, headers=headers)).status_code for target in targets]


async def test_a_scope_reaches_the_routes_that_name_it_and_no_other(
    client: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    token = scoped(issuer)
    assert await _statuses(client, token, "/kpis", "/rows") == [200, 403]
    headers = {"authorization": f"Bearer {token}"}
    refused = await client.post("/kpis/verifications", headers=headers)
    assert refused.status_code == 403


async def test_a_role_needs_no_scope(client: httpx.AsyncClient, token_of: Any) -> None:
    token = token_of(UserRole.VIEWER)
    assert await _statuses(client, token, "/kpis", "/rows") == [200, 200]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?currency=EUR", 200),
        ("", 403),
        ("?currency=", 403),
        ("?currency=USD", 403),
        ("?currency=eur", 403),
        ("?currency=EUR&currency=USD", 403),
        ("?currency=EUR&currency=EUR", 403),
        ("?currency=EUR,USD", 403),
        ("?Currency=EUR", 403),
        ("?currency=EUR%00", 403),
        ("?currency%5B%5D=EUR", 403),
    ],
)
async def test_what_a_token_is_limited_to_can_be_neither_left_out_nor_altered_nor_doubled(
    client: httpx.AsyncClient, issuer: TokenIssuer, query: str, status: int
) -> None:
    token = scoped(issuer, limits=EUROS)
    assert await _statuses(client, token, f"/kpis{query}") == [status]


@pytest.mark.parametrize("limits", [["currency"], "currency=EUR", {"currency": ["EUR"]}])
async def test_limits_that_cannot_be_read_let_nobody_in(
    verifier: TokenVerifier, issuer: TokenIssuer, limits: Any
) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(scoped(issuer, limits=limits))


async def test_a_key_for_scopes_gives_nobody_a_role(issuer: TokenIssuer) -> None:
    embedding = TokenIssuer(new_signing_key(), issuer="payops-local", audience="payops")
    verifier = TokenVerifier(
        FixedKeys(issuer.jwks()),
        issuer="payops-local",
        audience="payops",
        scoped_keys=FixedKeys(embedding.jwks()),
    )
    forged = await verifier.verify(embedding.issue("a", "A", [UserRole.ADMIN]))
    assert not forged.may(UserRole.VIEWER)
    allowed = await verifier.verify(scoped(embedding, limits=EUROS))
    assert allowed.may(UserRole.VIEWER, Scope.KPIS)
    assert not allowed.may(UserRole.VIEWER)
    assert (await verifier.verify(issuer.issue("a", "A", [UserRole.ADMIN]))).may(UserRole.ADMIN)


async def test_the_document_says_which_scope_suffices(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert paths["/kpis"]["get"]["x-payops-scope"] == "kpis:read"
    assert paths["/kpis"]["get"]["x-payops-role"] == "viewer"
    assert "x-payops-scope" not in paths["/kpis/verifications"]["post"]
    assert "x-payops-scope" not in paths["/rows"]["get"]
