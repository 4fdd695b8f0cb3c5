"""What every page does: who gets it, what htmx gets of it, what a failure looks like."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from backoffice.pages.answers import POLICY
from backoffice.session.cookies import Session, SessionCookies
from backoffice.session.forms import FormTokens
from payops_testing.backoffice.played_gateway import PlayedGateway

TOLD = {"status": 200, "title": "", "failed": "<b>all</b>", "holds": "", "trace_id": None}
TOLD["retry"] = False
HTMX = {"hx-request": "true", "hx-request-type": "partial"}


@pytest.fixture(autouse=True)
def _things(gateway: PlayedGateway) -> None:
    gateway.play("GET", "/v1/things", TOLD)


async def test_what_came_from_outside_is_shown_as_text(operator: httpx.AsyncClient) -> None:
    page = (await operator.get("/things")).text
    assert "&lt;b&gt;all&lt;/b&gt;" in page
    assert "<b>all" not in page


async def test_the_gateway_is_asked_with_the_sessions_token_and_no_empty_parameter(
    operator: httpx.AsyncClient, gateway: PlayedGateway
) -> None:
    await operator.get("/things?q=&status=PAID&status=FAILED")
    (asked,) = gateway.asked
    assert (asked.method, asked.path) == ("GET", "/v1/things")
    assert asked.headers["authorization"] == "Bearer t-1"
    assert asked.headers["traceparent"].startswith("00-")
    assert asked.query == [("status", "PAID"), ("status", "FAILED")]


async def test_htmx_gets_the_block_that_it_targets_and_everybody_else_the_page(
    operator: httpx.AsyncClient,
) -> None:
    part = await operator.get("/things", headers=HTMX | {"hx-target": "div#notice"})
    assert part.text.lstrip().startswith('<div class="notice')
    assert "<main" not in part.text
    for said in (
        {},
        HTMX | {"hx-target": "div#no-block-of-this-name"},
        HTMX | {"hx-target": "div#notice", "hx-history-restore-request": "true"},
        HTMX | {"hx-target": "div#notice", "hx-request-type": "full"},
    ):
        whole = await operator.get("/things", headers=said)
        assert whole.text.count("<main") == 1, said
        assert "<!doctype html>" in whole.text
        assert "HX-Target" in whole.headers["vary"]
        assert "HX-History-Restore-Request" in whole.headers["vary"]


async def test_a_page_has_the_policy_and_is_kept_by_nobody(operator: httpx.AsyncClient) -> None:
    page = await operator.get("/")
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-encoding"] == "gzip"


async def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(
    anonymous: httpx.AsyncClient,
) -> None:
    answer = await anonymous.get("/things?q=a b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/things%3Fq%3Da%2520b"


async def test_a_form_of_a_session_that_is_over_leads_back_to_its_page(
    operator: httpx.AsyncClient, cookies: SessionCookies, session: Session
) -> None:
    _expired(operator, cookies, session)
    answer = await operator.post("/things", headers={"referer": "http://backoffice/things?q=a"})
    assert answer.headers["location"] == "/sign-in?next=/things%3Fq%3Da"


async def test_a_script_of_a_session_that_is_over_gets_sign_in_for_the_dialog_and_no_page(
    operator: httpx.AsyncClient, cookies: SessionCookies, session: Session
) -> None:
    _expired(operator, cookies, session)
    answer = await operator.post("/things", headers=HTMX | {"hx-target": "tr#row-7"})
    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#sign-in-again"
    assert 'value="operator@payops.local"' in answer.text
    assert "<main" not in answer.text


async def test_a_token_that_the_gateway_takes_no_longer_ends_the_session_too(
    operator: httpx.AsyncClient, gateway: PlayedGateway
) -> None:
    gateway.play("GET", "/v1/things", {"code": "unauthenticated"}, 401)
    answer = await operator.get("/things")
    assert answer.headers["location"].startswith("/sign-in")
    assert "max-age=0" in answer.headers["set-cookie"].lower()  # else sign-in would lead back
    operator.cookies.clear()
    assert (await operator.get(answer.headers["location"])).status_code == 200


async def test_a_write_says_its_success_once_on_the_next_page(
    operator: httpx.AsyncClient, gateway: PlayedGateway, forms: FormTokens, session: Session
) -> None:
    gateway.play("POST", "/v1/things", {}, 201)
    token = forms.issue(session.subject)
    answer = await operator.post("/things", data={"form_token": token, "name": "x", "note": " "})
    assert answer.status_code == 303
    (asked,) = gateway.asked
    assert asked.body == {"name": "x"}
    assert asked.headers["idempotency-key"] == "k-1"
    _hand_on(operator, answer)
    first = await operator.get("/things")
    assert "Made" in first.text
    _hand_on(operator, first)
    assert "Made" not in (await operator.get("/things")).text


async def test_a_write_from_a_dialog_closes_it_and_says_so_in_a_toast(
    operator: httpx.AsyncClient, forms: FormTokens, session: Session
) -> None:
    data = {"form_token": forms.issue(session.subject)}
    answer = await operator.post("/things/from-a-dialog", data=data, headers=HTMX)
    assert answer.status_code == 204
    said = json.loads(answer.headers["hx-trigger"])
    toast = {"text": "Pagò 3 €", "href": "/things/1", "words": "Show"}
    assert said == {"dialog-close": True, "toast": toast}


async def test_a_forged_or_foreign_form_writes_nothing(
    operator: httpx.AsyncClient, gateway: PlayedGateway, forms: FormTokens
) -> None:
    for token in ("", "x", forms.issue("viewer@payops.local")):
        answer = await operator.post("/things", data={"form_token": token, "name": "x"})
        assert answer.status_code == 403
        assert "out of date" in answer.text or "Load the page again" in answer.text
    assert gateway.asked == []


@pytest.mark.parametrize(
    "sent",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
async def test_a_form_that_another_site_sends_is_refused_whatever_it_has(
    operator: httpx.AsyncClient,
    gateway: PlayedGateway,
    forms: FormTokens,
    session: Session,
    sent: dict[str, str],
) -> None:
    del operator.headers["sec-fetch-site"]
    data = {"form_token": forms.issue(session.subject), "name": "x"}
    answer = await operator.post("/things", data=data, headers=sent)
    assert answer.status_code == 403
    assert gateway.asked == []


async def test_on_plain_http_the_origin_alone_shows_that_a_form_is_ours(
    operator: httpx.AsyncClient, gateway: PlayedGateway, forms: FormTokens, session: Session
) -> None:
    del operator.headers["sec-fetch-site"]
    gateway.play("POST", "/v1/things", {}, 201)
    data = {"form_token": forms.issue(session.subject), "name": "x"}
    answer = await operator.post("/things", data=data, headers={"origin": "http://backoffice"})
    assert answer.status_code == 303


async def test_a_failure_is_a_page_and_for_htmx_a_notice_in_its_place(
    operator: httpx.AsyncClient, gateway: PlayedGateway
) -> None:
    gateway.play("GET", "/v1/things", {"service": "transactions", "trace_id": "abc"}, 503)
    page = await operator.get("/things")
    assert page.status_code == 503
    assert page.text.count("<main") == 1
    for words in ("Transactions does not answer.", "Nothing was changed", "abc", "Retry"):
        assert words in page.text
    part = await operator.get("/things", headers=HTMX | {"hx-target": "tr#row-7"})
    assert part.status_code == 503
    assert part.headers["hx-retarget"] == "#problem"
    assert part.headers["hx-push-url"] == "false"
    assert "Transactions does not answer." in part.text
    assert "<main" not in part.text
    assert "<nav" not in part.text


async def test_a_refusal_is_told_in_the_gateways_words(
    operator: httpx.AsyncClient, gateway: PlayedGateway, forms: FormTokens, session: Session
) -> None:
    problem = {"code": "too_much", "title": "Too much", "detail": "Only 3 <remain>."}
    gateway.play("POST", "/v1/things", problem, 409)
    data = {"form_token": forms.issue(session.subject), "name": "x"}
    answer = await operator.post("/things", data=data)
    assert answer.status_code == 409
    assert "Only 3 &lt;remain&gt;." in answer.text


async def test_a_defect_is_a_page_with_the_trace_id_and_not_with_its_cause(
    operator: httpx.AsyncClient,
) -> None:
    answer = await operator.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["traceparent"].split("-")[1] in answer.text
    assert "of this test" not in answer.text


async def test_a_page_above_ones_role_says_so(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/secrets")
    assert answer.status_code == 403
    assert "This needs the role admin." in answer.text


async def test_no_page_is_there_for_an_unknown_address(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text


def _expired(client: httpx.AsyncClient, cookies: SessionCookies, session: Session) -> None:
    client.cookies.clear()
    over = cookies.sealed(replace(session, expires_at=0.0))
    client.cookies.set(cookies.name, over, domain="backoffice.local")


def _hand_on(client: httpx.AsyncClient, answer: httpx.Response) -> None:
    client.cookies.clear()
    (name, value), *_ = answer.cookies.items()
    client.cookies.set(name, value, domain="backoffice.local")
