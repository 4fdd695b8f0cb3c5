"""The pages of members: what the gateway puts together, in words; blocks with a reason, once."""

from typing import Any

import orjson
import pytest

from backoffice.pages.members.standing import sentences
from backoffice.words import Words
from billing_debits.api.dispute import dispute_context
from billing_debits.api.member_presenting import member_detail
from billing_debits.api.presenting import charge_detail
from billing_debits.domain.blocking import block
from billing_debits.domain.charge import Charge
from billing_debits.domain.facts import Consumption, ResultKind
from billing_debits.domain.following import follow
from billing_debits.domain.member import Member
from billing_debits.events import charge_told
from billing_debits.publishing.charges import step_messages
from payops_contracts.registry import validate
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.responses import JsonResponse
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.billing_debits.builders import START, a_charge, at, debited, folded, result

MEMBER, PATH = "/v1/members/MP-1", "/members/MP-1"
PAYMENT = {
    "transaction_id": "ORD-1", "status": "PAID", "created_at": "2026-03-01T10:00:00Z",
    "method": "credit-cards", "amount_minor": 1_000, "currency": "EUR",
}  # fmt: skip
SUBSCRIPTION = {
    "subscription_id": "SUB-1", "status": "ON_HOLD", "created_at": "2026-03-01T10:00:00Z",
    "amount_minor": 1_000, "currency": "EUR", "next_payment_on": "2026-04-01",
}  # fmt: skip
COUNTED = {"next": None, "previous": None, "from": 1, "to": 1, "total": 1, "total_is_capped": False}


def failed(code: str = "insufficient_funds", **raised: Any) -> Charge:
    """A charge whose debit failed."""
    charge = debited(a_charge(**raised), at(hours=1))
    return folded(result(ResultKind.FAILED, 1, at(hours=2), code), on=charge)


def member_of(charge: Charge, policy: bool = False) -> Member:
    """The member whose charge it is."""
    (message, *_) = step_messages(charge)
    event: Any = validate(message.value or b"")
    return follow(None, charge_told(event), block_after_rejection=policy)


def json_of(answer: Any) -> Any:
    return orjson.loads(JsonResponse(answer).body)


def part(kind: str, *rows: Any, missing: str | None = None) -> dict[str, Any]:
    """A part of the gateway's picture."""
    said = missing and {"service": missing, "detail": "It did not answer in time."}
    counted = {"total": len(rows), "total_is_capped": False}
    return {"kind": kind, "items": rows, **counted, "missing": said}


def held(member: Member, **parts: Any) -> PlayedGateway:
    """A gateway with one member."""
    charges = [
        each | {"failed_reason": "No money", "retry_count": "1 of 3"}
        for each in member_detail(member)["charges"]
    ]
    picture = {
        "member": member_detail(member),
        "charges": part("charges", *charges),
        "attempts": part("debit-attempts"),
        "payments": part("transactions", PAYMENT),
        "subscriptions": part("subscriptions", SUBSCRIPTION),
    } | parts
    gateway = PlayedGateway()
    gateway.play("GET", f"{MEMBER}/picture", json_of(picture))
    return gateway


async def page_of(gateway: PlayedGateway, language: str = "en") -> str:
    async with person(gateway, UserRole.OPERATOR, language=language) as reader:
        answer = await reader.get(PATH)
        assert answer.status_code == 200, answer.text
        return " ".join(text_of(answer.text).split())


async def test_a_member_is_shown_with_standing_why_and_everything_that_is_theirs() -> None:
    page = await page_of(held(member_of(failed())))
    for said in (
        "Duong Le In retry", "A debit of one charge failed and is tried again.",
        "Owed in all: US$3.23.", "CH-1", "1 of 3", "No money", "ORD-1", "€10.00", "Credit card",
        "Debit failed", "Block", "SUB-1 On Hold", "1 Apr 2026",
    ):  # fmt: skip
        assert said in page, said
    assert "Unblock" not in page
    italian = await page_of(held(member_of(failed())), "it")
    assert "In riprova" in italian
    assert "Il prelievo di un addebito è fallito e si riprova." in italian


async def test_a_service_that_is_away_costs_its_own_section() -> None:
    away = part("transactions", missing="transactions")
    page = await page_of(held(member_of(failed()), payments=away))
    assert "Transactions does not answer." in page
    assert ("ORD-1" in page, "CH-1" in page) == (False, True)


def test_every_standing_says_why() -> None:
    words = Words("en")
    rejected = failed("account_closed")

    def first(member: Member) -> str:
        return sentences(json_of(member_detail(member)), words)[0]

    assert first(member_of(a_charge())) == "Nothing has failed that is not paid."
    assert first(member_of(rejected)) == "One charge is owed and is not tried again."
    assert first(member_of(rejected, policy=True)).startswith("The policy blocks them")
    blocked = member_of(rejected)
    block(blocked, "ben", "Fraud", START)
    assert first(blocked) == "ben has blocked them: Fraud"


@pytest.mark.parametrize("what", ["block", "unblock"])
async def test_a_block_without_script_is_asked_for_once_under_the_forms_key(what: str) -> None:
    gateway = held(member_of(failed()))
    method = "POST" if what == "block" else "DELETE"
    gateway.play(method, f"{MEMBER}/block", {"standing": "BLOCKED"})
    async with person(gateway, UserRole.OPERATOR) as operator:
        form = fields_of((await operator.get(f"{PATH}/{what}")).text)
        unsaid = await operator.post(f"{PATH}/{what}", data=form | {"reason": " "}, headers=DIALOG)
        assert (unsaid.status_code, "Say why" in text_of(unsaid.text)) == (422, True)
        answer = await operator.post(f"{PATH}/{what}", data=form | {"reason": " Fraud "})
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    (asked,) = [each for each in gateway.asked if each.method == method]
    assert asked.headers["idempotency-key"] == form["key"]
    assert "Fraud" in f"{asked.body} {asked.query}"


async def test_what_somebody_else_did_meanwhile_is_said_in_the_dialog_and_viewers_do_nothing() -> (
    None
):
    gateway = held(member_of(failed()))
    said = {"code": "member_blocked", "detail": "Somebody has blocked the member already."}
    gateway.play("POST", f"{MEMBER}/block", said, status=409)
    async with person(gateway, UserRole.OPERATOR) as operator:
        form = fields_of((await operator.get(f"{PATH}/block")).text)
        answer = await operator.post(f"{PATH}/block", data=form | {"reason": "Fraud"})
        assert (answer.status_code, said["detail"] in text_of(answer.text)) == (409, True)
    async with person(gateway, UserRole.VIEWER) as viewer:
        assert (await viewer.get(f"{PATH}/block")).status_code == 403
        assert f'href="{PATH}/block"' not in (await viewer.get(PATH)).text


async def test_the_list_shows_standings_and_what_is_owed_in_each_currency() -> None:
    row = {
        "mpass_number": "MP-1", "user_id": "user-1", "user_name": "Duong Le",
        "standing": "IN_ARREARS", "standing_label": "In arrears", "since": "2026-03-01T10:00:00Z",
        "owed": [
            {"currency": "EUR", "amount_minor": 1_000, "amount": "€10.00"},
            {"currency": "USD", "amount_minor": 323, "amount": "US$3.23"},
        ],
        "unpaid": 2, "block_by": None, "block_reason": None, "version": 3,
    }  # fmt: skip
    gateway = PlayedGateway()
    gateway.play("GET", "/v1/members", {"items": [row], **COUNTED})
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway, UserRole.VIEWER, language="it") as viewer:
        page = (await viewer.get("/members?standing=IN_ARREARS")).text
    assert f'href="{PATH}"' in page
    words = text_of(page).replace("\N{NO-BREAK SPACE}", " ")
    assert "Moroso" in words
    assert "10,00 € · 3,23 US$" in words


async def test_a_charge_has_the_context_of_a_dispute_and_the_way_to_its_member() -> None:
    consumption = (Consumption("CT-1", 323, START),)
    charge = failed(consumption=consumption)
    gateway = PlayedGateway()
    gateway.play("GET", "/v1/charges/CH-1", json_of(charge_detail(charge)))
    context = dispute_context(charge, [], member_of(charge), True)
    gateway.play("GET", "/v1/charges/CH-1/dispute-context", json_of(context))
    async with person(gateway) as reader:
        page = (await reader.get("/charges/CH-1")).text
    assert f'href="{PATH}"' in page
    words = " ".join(text_of(page).split())
    for said in ("The member's standing In retry", "Disputed: charges", "CT-1", "Went back"):
        assert said in words, said
    asked = [each for each in gateway.asked if "dispute-context" in each.path]
    assert len(asked) == 1
