"""What one browser chose (language, zone, theme, density, shortcuts) is seen in another."""

from __future__ import annotations

from dataclasses import replace
from time import time

import httpx
import pytest

from backoffice.pages.choices import READ_AGAIN_S, RESOURCE
from backoffice.session.cookies import Session, SessionCookies
from backoffice.session.forms import FormTokens
from payops_testing.backoffice.played_gateway import PlayedGateway, SilentGateway

CHOSEN = {
    "language": "it",
    "zone": "Asia/Kathmandu",
    "theme": "dark",
    "density": "compact",
    "shortcuts": False,
}
NAVIGATION = {"sec-fetch-dest": "document"}
OVER_PLAIN_HTTP = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def session(session: Session) -> Session:
    """An operator whose choices were read a while ago."""
    return replace(session, chosen_at=time() - READ_AGAIN_S)


def readings(gateway: PlayedGateway) -> int:
    return len([each for each in gateway.asked if each.path == RESOURCE and each.method == "GET"])


@pytest.mark.parametrize("said", [NAVIGATION, OVER_PLAIN_HTTP])
async def test_what_another_browser_chose_is_on_the_next_page_and_asked_for_once(
    operator: httpx.AsyncClient, gateway: PlayedGateway, said: dict[str, str]
) -> None:
    gateway.play("GET", RESOURCE, CHOSEN)
    for _ in range(2):
        page = (await operator.get("/preferences", headers=said)).text
        assert 'lang="it" data-theme="dark" data-density="compact" data-shortcuts="off"' in page
        assert "<option selected>Asia/Kathmandu" in page
        assert "Preferenze" in page
    assert readings(gateway) == 1


@pytest.mark.parametrize(
    "said",
    [
        OVER_PLAIN_HTTP | {"hx-request": "true", "hx-target": "x#dialog"},
        {"sec-fetch-dest": "empty"},
        {"sec-fetch-dest": "iframe"},
        {"accept": "text/event-stream"},
    ],
)
async def test_what_a_script_asks_for_looks_as_the_page_does_that_it_is_on(
    operator: httpx.AsyncClient, gateway: PlayedGateway, said: dict[str, str]
) -> None:
    gateway.play("GET", RESOURCE, CHOSEN)
    dialog = await operator.get("/keys", headers=said)
    assert "Keyboard" in dialog.text
    assert "set-cookie" not in dialog.headers
    assert readings(gateway) == 0


async def test_choices_that_cannot_be_read_leave_pages_as_they_were(
    operator: httpx.AsyncClient, gateway: PlayedGateway
) -> None:
    gateway.fail("GET", RESOURCE)
    for _ in range(2):
        page = await operator.get("/preferences", headers=NAVIGATION)
        assert 'lang="en" data-theme="system"' in page.text
    assert readings(gateway) == 1


class TestWithASlowGateway:
    """No page waits for it."""

    @pytest.fixture
    def gateway(self) -> PlayedGateway:
        return SilentGateway(RESOURCE)

    async def test_a_page_comes_as_it_was(self, operator: httpx.AsyncClient) -> None:
        assert (await operator.get("/preferences", headers=NAVIGATION)).status_code == 200


async def test_a_choice_here_leaves_what_was_chosen_elsewhere(
    operator: httpx.AsyncClient,
    gateway: PlayedGateway,
    forms: FormTokens,
    session: Session,
    cookies: SessionCookies,
) -> None:
    gateway.play("GET", RESOURCE, CHOSEN)
    gateway.play("PUT", RESOURCE, CHOSEN | {"theme": "light"})
    sent = {"theme": "light", "form_token": forms.issue(session.subject)}
    answer = await operator.post("/preferences", data=sent)
    assert answer.status_code == 303
    (put,) = [each for each in gateway.asked if each.method == "PUT"]
    assert put.body == CHOSEN | {"theme": "light"}
    kept = cookies.unsealed(answer.cookies[cookies.name])
    assert kept is not None
    assert kept.preferences.as_chosen() == put.body


async def test_without_what_is_kept_a_choice_changes_nothing_and_says_so(
    operator: httpx.AsyncClient, gateway: PlayedGateway, forms: FormTokens, session: Session
) -> None:
    gateway.fail("GET", RESOURCE)
    gateway.play("PUT", RESOURCE, {})
    sent = {"theme": "light", "form_token": forms.issue(session.subject)}
    answer = await operator.post("/preferences", data=sent)
    assert answer.status_code == 503
    assert "Nothing was changed." in answer.text
    assert [each for each in gateway.asked if each.method == "PUT"] == []
    assert "set-cookie" not in answer.headers
