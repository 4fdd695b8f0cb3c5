"""The two examples of docs/pages.md as people see them: pages over the gateway itself."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backoffice.clients import configuration
from backoffice.clients.configuration import ASKED_AGAIN_S, ConfiguredPages
from backoffice.clients.gateway import Answer
from backoffice.components.actions import Doer
from backoffice.errors import Refused, ServiceAway, SessionOver
from backoffice.pages import AREAS
from backoffice.pages.navigation import groups
from backoffice.words import Words
from payops_contracts.openapi import committed
from payops_contracts.pages import Pages, default_pages
from payops_contracts.pages.reading import effective_pages
from payops_contracts.pages.references.addresses import BUILT_IN
from payops_kernel.auth.issuer import new_signing_key
from payops_kernel.auth.principals import Principal, UserRole
from payops_testing.backoffice.kpi_answers import by_status, daily
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.real_gateway import real_gateway
from payops_testing.gateway.small_server import SmallServer, small_server
from payops_testing.transactions.list_setting import STORE
from payops_testing.transactions.payments_of_all_kinds import rich
from transactions.api.presenting import transaction_detail
from transactions.domain.refundability import BUILT_IN as CATALOGUE

PAGE = Path(__file__).parents[3] / "docs" / "pages.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ACTION = "/transactions/rich/actions/hand-to-erp"

Opened = Callable[..., Any]


def example(name: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- example: {name} -->\n```toml\n(.*?)```", text, re.DOTALL)
    return str(found)


def answered(path: str) -> Any:
    """What the services say."""
    if path.startswith("/v1/transactions/rich/credit-notes"):
        return {"invoice_number": None, "items": []}
    if path.startswith("/v1/transactions/rich"):
        return transaction_detail(STORE.to_document(rich()), [], CATALOGUE.can_refund)
    if path.startswith("/v1/kpis/daily-payments"):
        return daily({"2026-03-02": (3, 9_900)})
    if path.startswith("/v1/kpis/payments-by-status"):
        return by_status({"PAID": 3, "FAILED": 1}, {"PAID": 75.0, "FAILED": 25.0})
    return None


@pytest.fixture
def erp() -> Iterator[SmallServer]:
    with small_server() as made:
        made.body = b'{"message": "Booked as 4711"}'
        yield made


@pytest.fixture
def opened(mongo_uri: str, tmp_path: Path, erp: SmallServer) -> Opened:
    """Opens the pages over a gateway with an example as the user's file."""

    @asynccontextmanager
    async def opens(
        name: str = "action", role: UserRole = UserRole.OPERATOR, language: str = "en"
    ) -> AsyncIterator[httpx.AsyncClient]:
        (key := tmp_path / "key.pem").write_bytes(new_signing_key())
        file = tmp_path / "pages.toml"
        file.write_text(example(name).replace("https://erp.example", erp.url), encoding="utf-8")
        given = {"pages": str(file), "action_secret": SECRET}
        async with (
            real_gateway(mongo_uri, key, answered, **given) as gateway,
            person(gateway, role, language) as browser,
        ):
            yield browser

    return opens


async def test_an_added_action_is_a_button_of_the_payments_page(opened: Opened) -> None:
    async with opened() as operator:
        page = (await operator.get("/transactions/rich")).text
    assert f'href="{ACTION}"' in page
    assert "Hand to the ERP" in text_of(page)


async def test_an_added_action_is_disabled_for_who_has_not_its_role(opened: Opened) -> None:
    async with opened(role=UserRole.VIEWER) as viewer:
        page = (await viewer.get("/transactions/rich")).text
        assert f'href="{ACTION}"' not in page
        assert "Hand to the ERP" in text_of(page)
        assert (await viewer.get(ACTION)).status_code == 403


async def test_its_dialog_says_what_happens_and_to_whom_in_both_languages(
    opened: Opened, erp: SmallServer
) -> None:
    host = erp.url.removeprefix("http://")
    async with opened() as operator:
        dialog = text_of((await operator.get(ACTION)).text)
    assert "Hand to the ERP: rich" in dialog
    assert "The ERP books this payment." in dialog
    assert f"For the audit log, and for {host}." in dialog
    async with opened(language="it") as operator:
        dialog = text_of((await operator.get(ACTION)).text)
    assert "L'ERP registra questo pagamento." in dialog
    assert f"Per il registro di controllo, e per {host}." in dialog


async def test_it_is_done_without_script_and_the_answer_is_said_on_the_payments_page(
    opened: Opened, erp: SmallServer
) -> None:
    async with opened() as operator:
        form = fields_of((await operator.get(ACTION)).text) | {"reason": "Agreed"}
        sent = await operator.post(ACTION, data=form)
        assert (sent.status_code, sent.headers["location"]) == (303, "/transactions/rich")
        page = text_of((await operator.get("/transactions/rich")).text)
        assert "Hand to the ERP: done. Booked as 4711" in page
        await operator.post(ACTION, data=form)
    assert len(erp.received) == 1  # the second press of the same form


async def test_a_dialog_closes_on_the_endpoints_answer_and_stays_with_its_refusal(
    opened: Opened, erp: SmallServer
) -> None:
    erp.status, erp.body = 409, b'{"detail": "The month is closed"}'
    async with opened() as operator:
        form = fields_of((await operator.get(ACTION)).text) | {"reason": "Agreed"}
        refused = await operator.post(ACTION, data=form, headers=DIALOG)
        assert refused.status_code == 409
        assert "The month is closed" in text_of(refused.text)
        again = fields_of(refused.text)
        assert (again["key"], again["reason"]) == (form["key"], "Agreed")
        erp.status = 200
        done = await operator.post(ACTION, data=again, headers=DIALOG)
        assert done.status_code == 204
        assert "dialog-close" in done.headers["hx-trigger"]


async def test_an_endpoint_that_fails_keeps_the_dialog_and_the_key(
    opened: Opened, erp: SmallServer
) -> None:
    erp.status = 500
    async with opened() as operator:
        form = fields_of((await operator.get(ACTION)).text) | {"reason": "Agreed"}
        failed = await operator.post(ACTION, data=form, headers=DIALOG)
        assert failed.status_code == 503
        host = erp.url.removeprefix("http://")
        assert f"{host} does not answer." in text_of(failed.text)
        assert "Press again" in text_of(failed.text)
        erp.status = 200
        done = await operator.post(ACTION, data=fields_of(failed.text), headers=DIALOG)
        assert done.status_code == 204
    assert len({each.headers["webhook-id"] for each in erp.received}) == 1


async def test_a_reason_that_is_missing_is_asked_for_beside_its_field(
    opened: Opened, erp: SmallServer
) -> None:
    async with opened() as operator:
        form = fields_of((await operator.get(ACTION)).text)
        answer = await operator.post(ACTION, data=form, headers=DIALOG)
        assert answer.status_code == 422
    assert erp.received == []


async def test_an_added_page_of_charts_stands_in_the_sidebar_and_shows_them(
    opened: Opened,
) -> None:
    async with opened("charts", UserRole.VIEWER) as viewer:
        answer = await viewer.get("/methods")
        assert answer.status_code == 200
        page = text_of(answer.text)
        assert 'href="/methods"' in answer.text
        assert "How people pay" in page
        assert "What becomes of them" in page
        assert "€99.00" in page
        assert 'data-charts="/methods/charts"' in answer.text
        card = await viewer.get("/methods/charts/days")
        assert (card.status_code, "Daily payments" in card.text) == (200, True)
        assert (await viewer.get("/methods/charts/none")).status_code == 404
    async with opened("charts", UserRole.VIEWER, "it") as viewer:
        assert "Come si paga" in text_of((await viewer.get("/methods")).text)


async def test_an_address_that_nothing_has_is_no_page(opened: Opened) -> None:
    async with opened() as operator:
        for path in (
            "/nothing",
            "/transactions/rich/actions/refund",
            "/transactions/a/b/actions/x",
        ):
            assert (await operator.get(path)).status_code == 404, path
        operator.cookies.clear()
        away = await operator.get("/transactions/rich/actions/hand-to-erp")
        assert (away.status_code, away.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_every_page_of_the_navigation_is_in_the_configuration() -> None:
    configured = {
        entry.path
        for group in default_pages().navigation.values()
        for entry in group.entries.values()
    }
    built_in = {page.path for area in AREAS for page in area.pages if page.section is not None}
    assert built_in <= configured
    of_their_own = {page.path for area in AREAS for page in area.pages}
    assert {path for path, _ in BUILT_IN.values()} <= of_their_own


class Heard:
    """A caller whose answers are put in, each once."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, str]] = []

    async def ask(self, _method: str, _path: str, *, headers: dict[str, str]) -> Answer:
        self.sent.append(headers)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def held_by_gateway(digest: str, title: str) -> Answer:
    pages = default_pages().model_dump(mode="json", exclude_none=True)
    pages["lists"]["transactions"]["title"] = title
    return Answer(200, {"etag": f'"{digest}"'}, {"digest": digest, "pages": pages})


def title(pages: Pages) -> object:
    return pages.lists["transactions"].title


async def test_the_configuration_is_asked_for_by_its_digest_and_taken_when_it_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = 1_000.0
    monkeypatch.setattr(configuration, "monotonic", lambda: at)
    first, second = held_by_gateway("a", "One"), held_by_gateway("b", "Two")
    gateway = Heard(first, Answer(304, {}, None), second)
    pages = ConfiguredPages()
    assert title(pages.held) == "Transactions"
    seen = []
    for _ in range(3):
        seen.append(title(await pages.current(gateway)))  # type: ignore[arg-type]
        seen.append(title(await pages.current(gateway)))  # type: ignore[arg-type]
        at += ASKED_AGAIN_S
    assert seen == ["One", "One", "One", "One", "Two", "Two"]
    assert gateway.sent == [{}, {"if-none-match": '"a"'}, {"if-none-match": '"a"'}]


@pytest.mark.parametrize(
    "failure",
    [ServiceAway("gateway"), Refused(404, {}), Answer(200, {"etag": "x"}, {"pages": {"lists": 1}})],
)
async def test_while_the_gateway_does_not_give_it_what_was_read_holds(
    failure: Answer | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 1_000.0
    monkeypatch.setattr(configuration, "monotonic", lambda: at)
    pages = ConfiguredPages()
    gateway = Heard(failure, held_by_gateway("a", "One"), failure)
    for expected in ("Transactions", "One", "One"):
        assert title(await pages.current(gateway)) == expected  # type: ignore[arg-type]
        at += ASKED_AGAIN_S


async def test_a_session_that_is_over_leaves_the_question_to_the_next_person() -> None:
    pages = ConfiguredPages()
    gateway = Heard(SessionOver("Sign in"), held_by_gateway("a", "One"))
    assert title(await pages.current(gateway)) == "Transactions"  # type: ignore[arg-type]
    assert title(await pages.current(gateway)) == "One"  # type: ignore[arg-type]


def test_an_icon_that_there_is_not_is_a_circle_and_breaks_no_page() -> None:
    file = b'[navigation.main.entries]\nhome = { icon = "no-such-icon" }'
    pages = effective_pages(committed()["gateway"], file, "mine").pages
    (main, *_) = groups(pages, {"/"}, Words("en"), lambda _role: True)
    assert [(line.path, line.icon) for line in main.lines if line.path == "/"] == [("/", "circle")]


def test_the_sidebar_has_what_somebody_may_see_and_what_there_is() -> None:
    def seen(*there: str, role: UserRole) -> list[str]:
        may = Principal.of("x", "X", [role], "t").may
        found = groups(default_pages(), there, Words("it"), may)
        return [f"{group.title}/{line.title}" for group in found for line in group.lines]

    everything = ("/", "/transactions", "/jobs", "/audit-log")
    assert seen(*everything, role=UserRole.VIEWER) == [
        "/Dashboard", "/Transazioni", "/Analisi",
        "Gestione pagamenti utenti/Analisi dei prelievi", "Operazioni/Lavori",
    ]  # fmt: skip
    assert "Operazioni/Registro attività" in seen(*everything, role=UserRole.OPERATOR)
    assert seen("/", role=UserRole.ADMIN) == [
        "/Dashboard", "/Analisi", "Gestione pagamenti utenti/Analisi dei prelievi",
    ]  # fmt: skip


def test_a_link_elsewhere_takes_the_id_of_its_page_encoded() -> None:
    file = (
        b'[actions]\npsp = { label = "PSP", icon = "link", of = "transaction", '
        b'href = "https://psp.example/{transaction_id}?from=payops" }'
    )
    pages = effective_pages(committed()["gateway"], file, "mine").pages
    (link,) = Doer(Words("en"), pages, lambda _role: True).links(["psp"], "/transactions/a%2Fb", {})
    assert link.href == "https://psp.example/a%2Fb?from=payops"
