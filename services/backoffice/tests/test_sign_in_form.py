"""Sign-in without a browser: what becomes a session, and what is told."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from backoffice.pages import sign_in
from backoffice.session.cookies import SessionCookies
from backoffice.session.preferences import Density, Theme
from backoffice.settings import Settings
from payops_kernel.settings import UnfitSettings
from payops_testing.backoffice.played_gateway import PlayedGateway, SilentGateway

WHO = {"email": "operator@payops.local", "password": "payops-operator"}


@pytest.fixture(autouse=True)
def _accepting(gateway: PlayedGateway) -> None:
    gateway.play("POST", "/v1/sign-in", {"access_token": "t-9", "expires_in": 3600})
    me = {"subject": "operator@payops.local", "name": "Operator", "roles": ["viewer", "operator"]}
    gateway.play("GET", "/v1/me", me)
    chosen = {"language": "it", "zone": None, "theme": "dark", "density": "compact", "later": 1}
    gateway.play("GET", "/v1/me/preferences", chosen)


async def test_a_session_has_who_it_is_and_what_they_have_chosen(
    anonymous: httpx.AsyncClient, cookies: SessionCookies
) -> None:
    answer = await anonymous.post("/sign-in?next=/things", data=WHO)
    assert (answer.status_code, answer.headers["location"]) == (303, "/things")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "t-9" not in cookie
    session = cookies.unsealed(answer.cookies[cookies.name])
    assert session is not None
    assert (session.token, session.name, session.roles) == (
        "t-9",
        "Operator",
        ("viewer", "operator"),
    )
    assert session.preferences.language == "it"
    assert session.preferences.zone == ""
    assert (session.preferences.theme, session.preferences.density) == (Theme.DARK, Density.COMPACT)


@pytest.mark.parametrize("away", [True, False])
async def test_preferences_that_cannot_be_read_keep_nobody_out(
    anonymous: httpx.AsyncClient, gateway: PlayedGateway, away: bool
) -> None:
    if away:
        gateway.fail("GET", "/v1/me/preferences")
    else:
        gateway.play("GET", "/v1/me/preferences", {"code": "not_found"}, 404)
    assert (await anonymous.post("/sign-in", data=WHO)).status_code == 303


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "sign_in_refused", "E-mail and password do not belong together."),
        (429, "rate_limited", "Too many tries."),
        (404, "sign_in_off", "no sign-in by password"),
    ],
)
async def test_a_refused_sign_in_says_why_and_keeps_the_address(
    anonymous: httpx.AsyncClient, gateway: PlayedGateway, status: int, code: str, words: str
) -> None:
    gateway.play("POST", "/v1/sign-in", {"code": code, "detail": "x"}, status)
    answer = await anonymous.post("/sign-in", data=WHO)
    assert answer.status_code == status
    assert words in answer.text
    assert 'value="operator@payops.local"' in answer.text
    assert "payops-operator" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_gateway_that_is_away_is_told_on_the_form(
    anonymous: httpx.AsyncClient, gateway: PlayedGateway
) -> None:
    gateway.fail("POST", "/v1/sign-in")
    answer = await anonymous.post("/sign-in", data=WHO)
    assert answer.status_code == 503
    assert "Gateway does not answer." in answer.text


async def test_another_site_signs_nobody_in(anonymous: httpx.AsyncClient) -> None:
    sent = {"sec-fetch-site": "cross-site"}
    assert (await anonymous.post("/sign-in", data=WHO, headers=sent)).status_code == 403


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil", "/\n/x"])
async def test_sign_in_leads_to_no_other_site(anonymous: httpx.AsyncClient, wanted: str) -> None:
    answer = await anonymous.post("/sign-in", params={"next": wanted}, data=WHO)
    assert answer.headers["location"] == "/"


async def test_a_cookie_of_another_key_or_changed_by_a_letter_is_no_session(
    operator: httpx.AsyncClient, cookies: SessionCookies
) -> None:
    sealed = operator.cookies[cookies.name]
    assert SessionCookies("another key", secure=True).unsealed(sealed) is None
    assert cookies.unsealed(sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:]) is None
    assert SessionCookies("another key", secure=True).name != cookies.name


def test_outside_a_demo_a_cookie_travels_by_https_only() -> None:
    from starlette.responses import Response

    from backoffice.session.cookies import Session

    response = Response()
    SessionCookies("k", secure=True).write(response, Session("s", "n", (), "t", 0.0))
    assert "Secure" in response.headers["set-cookie"]


def test_seeded_users_are_offered_by_no_platform_that_is_not_for_trying_out() -> None:
    settings = Settings(
        demo=False, session_key="k" * 32, cursor_key="c" * 32, offer_seeded_users=True
    )
    with pytest.raises(UnfitSettings, match="PAYOPS_OFFER_SEEDED_USERS is for demos"):
        settings.require_own_values()


async def test_sign_out_ends_the_token_and_forgets_the_session(
    operator: httpx.AsyncClient, gateway: PlayedGateway, cookies: SessionCookies
) -> None:
    gateway.play("POST", "/v1/sign-out", status=204)
    answer = await operator.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert cookies.name not in operator.cookies
    (asked,) = gateway.asked
    assert (asked.path, asked.headers["authorization"]) == ("/v1/sign-out", "Bearer t-1")


async def test_a_gateway_that_is_away_keeps_nobody_signed_in_here(
    operator: httpx.AsyncClient, gateway: PlayedGateway, cookies: SessionCookies
) -> None:
    gateway.fail("POST", "/v1/sign-out")
    assert (await operator.post("/sign-out")).status_code == 303
    assert cookies.name not in operator.cookies


class TestWithASilentGateway:
    """It takes the request and never answers."""

    @pytest.fixture
    def gateway(self, monkeypatch: pytest.MonkeyPatch) -> PlayedGateway:
        monkeypatch.setattr(sign_in, "SIGN_OUT_PATIENCE_S", 0.01)
        return SilentGateway("/v1/sign-out")

    async def test_sign_out_does_not_wait_for_it(
        self, operator: httpx.AsyncClient, cookies: SessionCookies
    ) -> None:
        async with asyncio.timeout(30):
            assert (await operator.post("/sign-out")).status_code == 303
        assert cookies.name not in operator.cookies
