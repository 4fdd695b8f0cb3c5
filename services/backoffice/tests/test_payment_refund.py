"""A refund by its form: exact, once, and never of another remainder than was shown."""

from datetime import timedelta
from typing import Any

import pytest

from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.payment_gateway import HeldGateway
from payops_testing.backoffice.people import DIALOG, fields_of, person, text_of
from payops_testing.transactions.builders import NOON, a_dispute_fact, a_fact, a_refund_fact, folded
from transactions.domain.facts import FactKind, RefundFactKind
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction

PATH = "/transactions/t-1/refund"


def paid(amount_minor: int = 12_900, currency: str = "USD", **changes: Any) -> Transaction:
    facts = (FactKind.CREATED, FactKind.PAID)
    return folded(
        *(a_fact(kind, amount_minor=amount_minor, currency=currency, **changes) for kind in facts)
    )


async def test_the_form_is_prefilled_with_what_is_left_after_refunds_and_those_under_way() -> None:
    payment = fold(paid(), a_refund_fact(amount_minor=2_900))
    gateway = HeldGateway(payment)
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text)
        await operator.post(PATH, data=form | {"amount": "40.00", "reason": "Late"})
        page = (await operator.get(PATH)).text
    assert fields_of(page)["amount"] == "60.00"
    said = text_of(page)
    assert "Paid US$129.00 Refunded US$29.00 Pending US$40.00 Remaining US$60.00" in said
    assert "US$60.00 go back to \u2068Ada Byron\u2069's card. This cannot be undone." in said
    assert "All, US$60.00" in said
    assert "Refund US$60.00" in said


async def test_a_refund_without_script_is_requested_and_leads_back_to_the_payment() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text)
        answer = await operator.post(PATH, data=form | {"amount": "20.00", "reason": " Damaged "})
        assert (answer.status_code, answer.headers["location"]) == (303, "/transactions/t-1")
        page = text_of((await operator.get("/transactions/t-1")).text)
    ((_, body, key),) = gateway.posted
    assert body == {
        "amount_minor": 2_000,
        "currency": "USD",
        "available_minor": 12_900,
        "reason": "Damaged",
    }
    assert key == form["key"]
    assert "Refund of US$20.00 requested." in page
    assert "Refund requested US$20.00 Asked for Paid · operator · “Damaged”" in page


async def test_a_dialog_closes_on_the_answer_and_what_is_below_is_read_again() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH, headers=DIALOG)).text)
        sent = form | {"reason": "Damaged"}
        answer = await operator.post(PATH, data=sent, headers=DIALOG)
    assert answer.status_code == 204
    told = answer.headers["hx-trigger"]
    assert '"dialog-close": true' in told
    assert '"record-changed": {"id": "t-1"}' in told
    assert "Refund of US$129.00 requested." in told


async def test_a_form_that_is_sent_twice_refunds_once() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH, headers=DIALOG)).text)
        sent = form | {"amount": "20.00", "reason": "Damaged"}
        answers = [await operator.post(PATH, data=sent, headers=DIALOG) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert len(gateway.payments["t-1"].refunds) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Say how much."),
        ("abc", "Write the amount like 1,234.50."),
        ("60,5", "Write the amount like 1,234.50."),
        ("60.005", "USD has 2 decimals."),
        ("0", "The amount must be more than zero."),
        ("129.01", "At most US$129.00 can be refunded."),
    ],
)
async def test_an_amount_that_is_none_is_said_at_its_field_and_everything_typed_is_kept(
    typed: str, said: str
) -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH, headers=DIALOG)).text)
        sent = form | {"amount": typed, "reason": "Damaged"}
        answer = await operator.post(PATH, data=sent, headers=DIALOG)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert said in text_of(answer.text)
    kept = fields_of(answer.text)
    assert (kept["amount"], kept["reason"], kept["key"]) == (typed, "Damaged", form["key"])
    assert "<main" not in answer.text
    assert gateway.posted == []


async def test_an_italian_types_a_comma_and_reads_italian_amounts() -> None:
    gateway = HeldGateway(paid(currency="EUR"))
    async with person(gateway, language="it") as operator:
        form = fields_of((await operator.get(PATH)).text)
        assert form["amount"] == "129,00"
        wrong = await operator.post(PATH, data=form | {"amount": "60.50", "reason": "Rotto"})
        assert "1.234,50" in text_of(wrong.text)
        await operator.post(PATH, data=form | {"amount": "60,50", "reason": "Rotto"})
    assert gateway.posted[0][1]["amount_minor"] == 6_050


async def test_a_reason_is_required_and_what_the_service_finds_wrong_with_it_is_said_there() -> (
    None
):
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text)
        missing = await operator.post(PATH, data=form | {"reason": "  "})
        assert missing.status_code == 422
        assert "Say why, for the audit log and whoever looks next." in text_of(missing.text)
        card = await operator.post(PATH, data=form | {"reason": "card 4111 1111 1111 1111"})
    assert card.status_code == 422
    assert "card number; leave it out" in text_of(card.text)
    assert gateway.payments["t-1"].refunds == []


async def test_two_operators_at_once_the_second_reads_who_did_what_and_is_asked_again() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway, name="marta") as marta, person(gateway, name="otto") as otto:
        hers, his = [fields_of((await each.get(PATH)).text) for each in (marta, otto)]
        await marta.post(PATH, data=hers | {"amount": "100.00", "reason": "Locker broken"})
        answer = await otto.post(PATH, data=his | {"amount": "50.00", "reason": "Late"})
        assert answer.status_code == 409
        said, again = text_of(answer.text), fields_of(answer.text)
        assert "The payment has changed since you opened this form. Nothing was refunded." in said
        assert "Refund requested US$100.00 · marta · “Locker broken”" in said
        assert "Remaining US$29.00" in said
        assert (again["amount"], again["reason"]) == ("29.00", "Late")
        assert len(gateway.payments["t-1"].refunds) == 1
        await otto.post(PATH, data=again)
    amounts = [refund.amount_minor for refund in gateway.payments["t-1"].refunds]
    assert amounts == [10_000, 2_900]


async def test_an_amount_that_still_fits_stays_when_the_payment_has_changed() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway, name="marta") as marta, person(gateway, name="otto") as otto:
        hers, his = [fields_of((await each.get(PATH)).text) for each in (marta, otto)]
        await marta.post(PATH, data=hers | {"amount": "10.00", "reason": "Late"})
        answer = await otto.post(PATH, data=his | {"amount": "50.00", "reason": "Late"})
    assert (answer.status_code, fields_of(answer.text)["amount"]) == (409, "50.00")


async def test_a_payment_that_can_be_refunded_no_longer_says_why_and_has_no_form() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text)
        disputed = fold(gateway.payments["t-1"], a_dispute_fact(amount_minor=12_900))
        gateway.payments["t-1"] = disputed
        answer = await operator.post(PATH, data=form | {"reason": "Late"})
    said = text_of(answer.text)
    assert answer.status_code == 409
    assert "The payment is disputed; its outcome decides about the money." in said
    assert "Dispute opened" in said
    assert "key" not in fields_of(answer.text)


async def test_an_answer_that_got_lost_is_asked_for_again_under_the_same_key() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text) | {"amount": "20.00", "reason": "Late"}
        gateway.loses_answers = True
        lost = await operator.post(PATH, data=form)
        assert lost.status_code == 503
        assert "Press again: it is never made twice." in text_of(lost.text)
        gateway.loses_answers = False
        again = await operator.post(PATH, data=fields_of(lost.text))
    assert again.status_code == 303
    assert len(gateway.payments["t-1"].refunds) == 1


async def test_a_form_that_refunded_already_is_made_anew_when_it_asks_for_another_amount() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text) | {"reason": "Late"}
        await operator.post(PATH, data=form | {"amount": "20.00"})
        other = await operator.post(PATH, data=form | {"amount": "30.00"})
    assert other.status_code == 409
    assert "asked for a refund already" in text_of(other.text)
    assert fields_of(other.text)["key"] != form["key"]
    assert len(gateway.payments["t-1"].refunds) == 1


async def test_while_one_types_the_result_is_said_without_reading_the_form() -> None:
    payment = fold(paid(), a_refund_fact(amount_minor=2_900))
    async with person(HeldGateway(payment)) as operator:
        part = text_of((await operator.get(PATH, params={"amount": "60.00"})).text)
        whole = text_of((await operator.get(PATH, params={"amount": "100"})).text)
        much = text_of((await operator.get(PATH, params={"amount": "1000"})).text)
    assert "US$40.00 will be left. The payment stays Partially Refunded." in part
    assert "US$60.00 go back" in part
    assert "The payment becomes Totally Refunded." in whole
    assert "At most US$100.00 can be refunded." in much


async def test_a_viewer_has_no_refund_form() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway, UserRole.VIEWER) as viewer:
        assert (await viewer.get(PATH)).status_code == 403
        detail = (await viewer.get("/transactions/t-1")).text
    assert "Operators can do this, you are a viewer." in detail
    assert PATH not in detail


async def test_a_form_of_another_site_or_without_its_token_refunds_nothing() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text) | {"reason": "Late"}
        foreign = await operator.post(PATH, data=form, headers={"origin": "https://evil.example"})
        bare = await operator.post(PATH, data={k: v for k, v in form.items() if k != "form_token"})
        broken = await operator.post(PATH, data=form | {"available_minor": "much"})
    assert {foreign.status_code, bare.status_code, broken.status_code} == {403}
    assert gateway.posted == []


async def test_a_refund_that_failed_gives_its_money_back_to_the_form() -> None:
    gateway = HeldGateway(paid())
    async with person(gateway) as operator:
        form = fields_of((await operator.get(PATH)).text)
        await operator.post(PATH, data=form | {"reason": "Late"})
        assert "Nothing is left to refund." in text_of((await operator.get(PATH)).text)
        failed = a_refund_fact(
            RefundFactKind.FAILED, "rf-1", 12_900, occurred_at=NOON + timedelta(days=400)
        )
        gateway.payments["t-1"] = fold(gateway.payments["t-1"], failed)
        assert fields_of((await operator.get(PATH)).text)["amount"] == "129.00"
