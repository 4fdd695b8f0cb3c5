"""Sign-in of the local platform, tokens, roles, and rates."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.settings import Settings
from gateway.use_cases.sign_in import FAILED_TRIES_BURST, SignIn
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.rates import RateLimited, TokenBuckets

ROLES = [role.value for role in UserRole]


async def _sign_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post("/v1/sign-in", json={"email": email, "password": password})


@pytest.mark.parametrize("role", ROLES)
async def test_a_seeded_user_signs_in_and_sees_itself(anonymous: Any, role: str) -> None:
    signed_in = await _sign_in(anonymous, f"{role.title()}@payops.local", f"payops-{role}")
    token = signed_in.json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    headers = {"authorization": f"Bearer {token['access_token']}"}
    me = (await anonymous.get("/v1/me", headers=headers)).json()
    assert me == {
        "subject": f"{role}@payops.local",
        "name": role.title(),
        "roles": ROLES[: ROLES.index(role) + 1],
    }


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("viewer@payops.local", "payops-admin"),
        ("nobody@payops.local", "payops-viewer"),
        ("admin@payops.local", "payops-viewer"),
    ],
)
async def test_a_wrong_password_or_user_is_refused_alike(
    anonymous: Any, email: str, password: str
) -> None:
    answer = await _sign_in(anonymous, email, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert answer.json()["detail"] == "E-mail and password do not belong together."


@pytest.mark.parametrize(("email", "password"), [("viewer@payops.local", ""), (" ", "x")])
async def test_nobody_and_nothing_are_no_try_at_all(
    anonymous: Any, email: str, password: str
) -> None:
    assert (await _sign_in(anonymous, email, password)).status_code == 422


async def test_failed_tries_are_limited_and_then_the_right_password_waits_too(
    anonymous: Any,
) -> None:
    for _ in range(FAILED_TRIES_BURST):
        assert (await _sign_in(anonymous, "admin@payops.local", "guess")).status_code == 401
    limited = await _sign_in(anonymous, "admin@payops.local", "payops-admin")
    assert (limited.status_code, limited.json()["code"]) == (429, "rate_limited")
    assert int(limited.headers["retry-after"]) <= 12
    other = await _sign_in(anonymous, "viewer@payops.local", "payops-viewer")
    assert other.status_code == 200


def test_one_address_cannot_try_many_accounts(issuer: TokenIssuer) -> None:
    sign_in = SignIn(issuer, by_address=TokenBuckets(per_s=0.001, burst=2))
    for account in ("a", "b"):
        with pytest.raises(Exception, match="do not belong together"):
            sign_in.sign_in(account, "guess", "10.0.0.1")
    with pytest.raises(RateLimited):
        sign_in.sign_in("viewer@payops.local", "payops-viewer", "10.0.0.1")
    assert sign_in.sign_in("viewer@payops.local", "payops-viewer", "10.0.0.2")


async def test_sign_in_is_logged_without_the_address_or_the_password(
    anonymous: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await _sign_in(anonymous, "viewer@payops.local", "payops-viewer")
    await _sign_in(anonymous, "viewer@payops.local", "wrong-password")
    text = capsys.readouterr().out
    assert "sign_in.accepted" in text
    assert "sign_in.refused" in text
    assert "@" not in text
    assert "password" not in text.replace("do not belong", "")
    assert all(json.loads(line)["service"] == "gateway" for line in text.splitlines())


async def test_a_refused_body_does_not_come_back_in_the_problem(anonymous: Any) -> None:
    answer = await anonymous.post(
        "/v1/sign-in", json={"email": "a", "password": "s3cret" * 50, "more": 1}
    )
    assert answer.status_code == 422
    assert "s3cret" not in answer.text


async def test_without_a_local_key_there_is_no_sign_in_and_no_key_set(client_of: Any) -> None:
    client = client_of(Settings(local_issuer_key=""))
    refused = await _sign_in(client, "viewer@payops.local", "payops-viewer")
    assert (refused.status_code, refused.json()["code"]) == (404, "sign_in_off")
    assert (await client.get("/.well-known/jwks.json")).status_code == 404
    unverified = await client.get("/v1/me", headers={"authorization": "Bearer a.b.c"})
    assert unverified.status_code == 401


async def test_the_local_key_set_is_public_and_holds_no_private_part(
    anonymous: Any, issuer: TokenIssuer
) -> None:
    answer = await anonymous.get("/.well-known/jwks.json")
    assert answer.content == issuer.jwks()
    (key,) = answer.json()["keys"]
    assert "d" not in key


@pytest.mark.parametrize("path", ["/v1/me", "/v1/transactions", "/v1/kpis/daily-payments"])
async def test_every_route_with_data_needs_a_token(
    anonymous: Any, services: Any, issuer: TokenIssuer, path: str
) -> None:
    assert (await anonymous.get(path)).status_code == 401
    expired = issuer.issue("u", "U", [UserRole.VIEWER], timedelta(minutes=-5))
    nobody = issuer.issue("u", "U", [])
    for token, status in ((expired, 401), (nobody, 403)):
        headers = {"authorization": f"Bearer {token}"}
        assert (await anonymous.get(path, headers=headers)).status_code == status
    assert services.asked == []


async def test_a_caller_over_its_rate_waits_and_the_others_do_not(
    settings: Settings, client_of: Any, issuer: TokenIssuer
) -> None:
    client = client_of(settings.model_copy(update={"rate_per_s": 0.01, "rate_burst": 2}))
    one, other = (
        {"authorization": f"Bearer {issuer.issue(name, name, [UserRole.VIEWER])}"}
        for name in ("one", "other")
    )
    codes = [(await client.get("/v1/me", headers=one)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert (await client.get("/v1/me", headers=other)).status_code == 200
