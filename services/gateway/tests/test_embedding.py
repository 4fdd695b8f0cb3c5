"""Tokens for a board inside a page of another site."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from gateway.settings import Settings
from payops_contracts.openapi import committed
from payops_kernel.auth.dependencies import SCOPE_MARK
from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.principals import Scope, UserRole

SITE = "https://shop.example"
GATEWAY = committed()["gateway"]
KPIS = [
    path
    for path, methods in GATEWAY["paths"].items()
    if methods.get("get", {}).get(SCOPE_MARK) == "kpis:read"
]
OTHERS = [
    (method, path)
    for path, methods in GATEWAY["paths"].items()
    for method, operation in methods.items()
    if operation.get("security") and SCOPE_MARK not in operation
]


@pytest.fixture
def embedding(settings: Settings, client_of: Any) -> httpx.AsyncClient:
    """A client of a gateway that lets a shop and this machine's pages frame a board."""
    sites = (SITE, "http://localhost:*")
    made: httpx.AsyncClient = client_of(settings.model_copy(update={"embed_sites": sites}))
    return made


def as_(issuer: TokenIssuer, role: UserRole) -> dict[str, str]:
    return {"authorization": f"Bearer {issuer.issue(str(role), role.title(), [role])}"}


async def _made(client: httpx.AsyncClient, issuer: TokenIssuer, **body: Any) -> httpx.Response:
    return await client.post(
        "/v1/embed-tokens", json={"sites": [SITE], **body}, headers=as_(issuer, UserRole.ADMIN)
    )


async def test_an_admin_makes_a_token_that_says_what_it_is_good_for(
    embedding: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    before = datetime.now(UTC)
    answer = await _made(embedding, issuer, lifetime_s=600, currency="EUR")
    assert answer.status_code == 201
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert claims["scope"] == "kpis:read"
    assert claims["limits"] == {"currency": "EUR"}
    assert claims["sites"] == [SITE]
    assert "roles" not in claims
    ends = datetime.fromisoformat(answer.json()["expires_at"])
    assert timedelta(seconds=595) < ends - before < timedelta(seconds=605)
    assert abs(ends.timestamp() - claims["exp"]) <= 1


@pytest.mark.parametrize("role", [UserRole.VIEWER, UserRole.OPERATOR, UserRole.APPROVER])
async def test_nobody_but_an_admin_makes_one(
    embedding: httpx.AsyncClient, issuer: TokenIssuer, role: UserRole
) -> None:
    answer = await embedding.post(
        "/v1/embed-tokens", json={"sites": [SITE]}, headers=as_(issuer, role)
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"sites": ["https://other.example"]}, "/body/sites/0"),
        ({"sites": [SITE, "https://other.example"]}, "/body/sites/1"),
        ({"sites": []}, "/body/sites"),
        ({"sites": ["*"]}, "/body/sites/0"),
        ({"lifetime_s": 3601}, "/body/lifetime_s"),
        ({"lifetime_s": 59}, "/body/lifetime_s"),
        ({"currency": "XXX"}, "/body/currency"),
    ],
)
async def test_a_token_for_more_than_is_allowed_is_refused(
    embedding: httpx.AsyncClient, issuer: TokenIssuer, body: dict[str, Any], pointer: str
) -> None:
    answer = await _made(embedding, issuer, **body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_page_of_this_machine_may_have_any_port(
    embedding: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    answer = await _made(embedding, issuer, sites=["http://localhost:3000"])
    assert answer.status_code == 201


def test_the_kpis_and_only_they_may_be_embedded() -> None:
    assert {"/v1/kpis/daily-payments", "/v1/kpis/payments-by-status"} <= set(KPIS)
    assert all(path.startswith("/v1/kpis/") for path in KPIS)


async def test_the_token_reads_every_kpi_as_the_currency_says_and_not_otherwise(
    embedding: httpx.AsyncClient, issuer: TokenIssuer, services: Any
) -> None:
    for path in KPIS:
        token = (await _made(embedding, issuer, currency="EUR")).json()["token"]
        headers = {"authorization": f"Bearer {token}"}
        answer = await embedding.get(f"{path}?currency=EUR", headers=headers)
        assert answer.status_code == 200, path
        assert services.asked[-1].headers["authorization"] == headers["authorization"]
        asked = len(services.asked)
        for query in ("", "?currency=USD", "?currency=EUR&currency=USD", "?currency="):
            assert (await embedding.get(path + query, headers=headers)).status_code == 403, path
        assert len(services.asked) == asked, path


async def test_every_other_route_refuses_the_token(
    embedding: httpx.AsyncClient, issuer: TokenIssuer, services: Any
) -> None:
    for method, path in OTHERS:
        token = (await _made(embedding, issuer)).json()["token"]
        answer = await embedding.request(
            method, path, json={}, headers={"authorization": f"Bearer {token}"}
        )
        assert answer.status_code in {403, 422}, (method, path)
        assert services.asked == [], (method, path)


async def test_a_token_after_its_end_is_refused(
    embedding: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    token = issuer.issue_scoped("embed:1", "E", Scope.KPIS, timedelta(minutes=-5), {})
    headers = {"authorization": f"Bearer {token}"}
    answer = await embedding.get("/v1/kpis/daily-payments", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_key_of_ones_own_signs_where_the_issuer_is_elsewhere(
    client_of: Any, issuer: TokenIssuer, tmp_path: Any
) -> None:
    keys, embed_key = tmp_path / "jwks.json", tmp_path / "embed.pem"
    keys.write_bytes(issuer.jwks())
    embed_key.write_bytes(new_signing_key())
    settings = Settings(
        auth_jwks=str(keys), embed_key=str(embed_key), local_issuer_key="", embed_sites=(SITE,)
    )
    client = client_of(settings)
    token = (await _made(client, issuer)).json()["token"]
    published = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in published] == [jwt.get_unverified_header(token)["kid"]]
    answer = await client.get("/v1/me", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403


async def test_without_a_key_there_are_no_tokens(
    client_of: Any, issuer: TokenIssuer, tmp_path: Any
) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_bytes(issuer.jwks())
    client = client_of(Settings(auth_jwks=str(keys), local_issuer_key="", embed_sites=(SITE,)))
    answer = await _made(client, issuer)
    assert (answer.status_code, answer.json()["code"]) == (404, "embedding_off")
