"""Sign-out: the token is refused here at once, and named to the services."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.bootstrap import SERVICE, bootstrap
from gateway.settings import Settings
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.auth.revoked import token_digest
from payops_kernel.mongo import PyMongoError
from payops_kernel.runtime import Runtime, Service

LIST = "/.well-known/revoked-tokens"


@pytest.fixture
async def other_process(keeping: Service[Runtime]) -> AsyncIterator[httpx.AsyncClient]:
    """Another process of the same gateway, on the same database."""
    settings = keeping.runtime.settings
    assert isinstance(settings, Settings)
    runtime = Runtime(SERVICE, settings)
    transport = httpx.ASGITransport(app=bootstrap(settings, runtime).http_app("test", "test"))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as made:
        yield made
    runtime.mongo.close()


async def test_a_token_that_was_signed_out_is_refused_and_another_of_the_same_user_is_not(
    user: httpx.AsyncClient, issuer: TokenIssuer
) -> None:
    assert (await user.get("/v1/me")).status_code == 200
    assert (await user.post("/v1/sign-out")).status_code == 204
    for path in ("/v1/me", "/v1/transactions", "/v1/sign-out"):
        refused = await user.get(path) if path != "/v1/sign-out" else await user.post(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    again = issuer.issue("viewer@payops.local", "Other", [UserRole.VIEWER])
    user.headers["authorization"] = f"Bearer {again}"
    assert (await user.get("/v1/me")).status_code == 200


async def test_other_processes_and_services_read_its_digest_and_not_the_token(
    user: httpx.AsyncClient, other_process: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payops_kernel.auth.revoked.PATIENCE_S", 30.0)
    assert (await user.get(LIST)).json() == {"revoked": []}
    await user.post("/v1/sign-out")
    token = user.headers["authorization"].removeprefix("Bearer ")
    told = {"revoked": [token_digest(token)]}
    for process in (user, other_process):
        assert (await process.get(LIST)).json() == told
    there = await other_process.get("/v1/me", headers=dict(user.headers))
    assert there.status_code == 401


async def test_it_is_kept_until_the_token_would_have_ended(
    user: httpx.AsyncClient, keeping: Service[Runtime]
) -> None:
    await user.post("/v1/sign-out")
    (kept,) = await keeping.runtime.mongo.db["revoked_tokens"].find({}).to_list(None)
    lasts = kept["expires_at"].replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(hours=1) - timedelta(minutes=1) < lasts < timedelta(hours=1, minutes=2)
    indexes = await keeping.runtime.mongo.db["revoked_tokens"].index_information()
    assert indexes["expiry"]["expireAfterSeconds"] == 0


async def test_nobody_signs_out_without_a_token(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.post("/v1/sign-out")).status_code == 401


async def test_a_database_that_is_away_keeps_nobody_out(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_store: object) -> list[str]:
        raise PyMongoError("no server")

    monkeypatch.setattr("gateway.store.revoked_tokens.RevokedTokenStore.all", away)
    assert (await client.get("/v1/me")).status_code == 200
