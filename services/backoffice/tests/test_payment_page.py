"""The page of a payment in each of its states: fields, what can be done, what comes next."""

import re
from datetime import timedelta
from typing import Any

import pytest

from payops_contracts.ids import RefundId
from payops_kernel.auth.principals import UserRole
from payops_kernel.ports import DueRow
from payops_testing.backoffice.payment_gateway import PDF, HeldGateway
from payops_testing.backoffice.people import DIALOG, fields_of, person, section, text_of
from payops_testing.transactions.builders import (
    NOON,
    a_description,
    a_dispute_fact,
    a_fact,
    a_refund_fact,
    folded,
)
from payops_testing.transactions.payments_of_all_kinds import bare, of_every_status, rich
from transactions.domain.facts import FactKind, Failure, RefundFactKind
from transactions.domain.folding import fold
from transactions.domain.issuing import record_issued
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import RefundOrder, request_refund
from transactions.domain.transaction import Transaction
from transactions.use_cases.due_after_step import REFUND_UNANSWERED

STATES: dict[str, Transaction] = {payment.id: payment for payment in of_every_status()}
HOSTILE = "<script>alert(1)</script> \u202egpj.exe %s {{ 7*7 }} \U0001f4a3 " + "x" * 400


async def page_of(
    payment: Transaction, role: UserRole = UserRole.OPERATOR, language: str = "en"
) -> str:
    async with person(HeldGateway(payment), role, language) as reader:
        answer = await reader.get(f"/transactions/{payment.id}")
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_the_sections_have_exactly_the_fields_of_the_document() -> None:
    page = await page_of(rich())
    date = "1 Mar 2026 13:00 1 Mar 2026 12:00"  # Rome's clock, and UTC's beside it
    assert section(page, "overview") == (
        f"Overview Transaction ID rich Transaction date (Rome) (UTC) {date} "
        "Current status Partially Refunded"
    )
    assert section(page, "user") == (
        "User User ID u-1 User name Ada Byron User email ada@example.com "
        "User phone number +39 055 1 Notification channels E-mail, SMS"
    )
    assert section(page, "payment") == (
        "Payment Amount €120.00 Payment provider Adyen Payment method Credit card "
        "Type Subscription Channel used for payment Call center Total refunded amount €32.00"
    )


async def test_items_refunds_disputes_and_credit_notes_are_tables_with_their_states() -> None:
    page = await page_of(rich())
    assert "CD 2 €130.00 €20.00 Voucher 1 -€10.00 €0.00" in section(page, "items")
    refunds = section(page, "refunds")
    for state in ("Requested", "Unknown outcome", "Pending", "Failed", "Succeeded"):
        assert state in refunds
    disputes = section(page, "disputes")
    assert [disputes.index(state) for state in ("Open", "Lost", "Won")]
    assert "€30.00 Download" in section(page, "credit-notes")


async def test_what_the_shop_knew_at_the_checkout_is_a_table_of_its_own() -> None:
    assert section(await page_of(rich()), "attributes") == (
        "Attributes Attributes Attribute Value basket/quantity 3 country IT"
    )


async def test_a_column_that_no_row_fills_is_left_out_and_one_row_brings_it() -> None:
    refunds = section(await page_of(rich()), "refunds")
    assert "Requested by" in refunds
    assert "Failure reason" not in refunds


async def test_a_bare_payment_says_dashes_and_leaves_out_empty_tables() -> None:
    page = await page_of(bare())
    assert "User name - User email - User phone number - Notification channels -" in section(
        page, "user"
    )
    assert "Payment method barter" in section(page, "payment")
    for absent in ("items", "refunds", "disputes", "credit-notes", "mails", "attributes"):
        assert section(page, absent) == ""


@pytest.mark.parametrize(
    ("state", "next_step", "refused"),
    [
        (
            "created",
            "The payment is not paid yet. It changes when the provider says so.",
            {"refund", "invoice", "notify", "subscription"},
        ),
        (
            "failed",
            "Nothing is due. The customer may pay again, as another payment.",
            {"refund", "invoice", "subscription"},
        ),
        ("paid", "Nothing is due. €120.00 can still be refunded.", {"subscription"}),
        ("partially", "Nothing is due. €60.00 can still be refunded.", {"subscription"}),
        (
            "totally",
            "Nothing is due. All of it went back to the customer.",
            {"refund", "subscription"},
        ),
    ],
)
async def test_each_state_says_what_comes_next_and_why_something_cannot_be_done(
    state: str, next_step: str, refused: set[str]
) -> None:
    page = await page_of(STATES[state])
    assert section(page, "next") == f"What happens next {next_step}"
    disabled = set(re.findall(r'aria-describedby="why-([a-z]+)"', page))
    assert disabled == refused
    for action in refused:
        why = re.search(rf'id="why-{action}"[^>]*>([^<]+)<', page)
        assert why is not None


async def test_a_failed_payment_says_why_in_words_with_its_code_and_what_comes_next() -> None:
    failure = Failure("insufficient_funds", "The card has not enough money on it.")
    page = await page_of(folded(a_fact(FactKind.FAILED, failure=failure)))
    said = section(page, "processing")
    assert "The card has not enough money on it." in said
    assert "insufficient_funds" in said
    assert "The customer may pay again" in section(page, "next")


async def test_a_refund_under_way_says_who_is_waited_for_and_when_it_is_asked_again() -> None:
    payment = STATES["paid"]
    order = RefundOrder(RefundId("rf-9"), "k", 2_000, None, "marta", "Locker broken", None)
    request_refund(payment, order, NOON, None, BUILT_IN.can_refund)
    gateway = HeldGateway(payment)
    gateway.planned = [
        DueRow(REFUND_UNANSWERED, "rf-9", NOON + timedelta(minutes=15), {}, about="paid")
    ]
    async with person(gateway) as operator:
        page = (await operator.get("/transactions/paid")).text
    said = section(page, "next")
    assert "Refund asked for again €20.00 unless the provider has answered by then" in said
    assert "1 Mar 2026 13:15" in said
    assert "The provider was asked to refund €20.00 and has not answered yet." in said
    assert "€100.00 can still be refunded." in said


async def test_an_open_dispute_says_that_its_outcome_decides() -> None:
    payment = fold(
        folded(a_fact(FactKind.PAID)), a_dispute_fact(amount_minor=1_200, occurred_at=NOON)
    )
    page = await page_of(payment)
    assert "The customer disputes US$12.00. The outcome decides" in section(page, "next")
    assert "The payment is disputed; its outcome decides about the money." in page


async def test_a_refund_that_came_back_is_told_in_words_with_what_to_do() -> None:
    payment = folded(
        a_fact(FactKind.PAID),
        a_refund_fact(RefundFactKind.SUCCEEDED, occurred_at=NOON + timedelta(hours=1)),
        a_refund_fact(RefundFactKind.FAILED, occurred_at=NOON + timedelta(hours=2)),
    )
    payment.refunds[0].told_refunded = True
    page = await page_of(payment)
    said = text_of(page)
    assert '<a href="/transactions/t-1/refund" data-dialog>Refund</a>' in page
    assert '<a href="/transactions/t-1/notification" data-dialog>Send notification</a>' in page
    assert "A refund of US$5.00 came back after it had succeeded." in said
    assert "The customer does not have this money, and it can be refunded again." in said
    assert "The customer was mailed of a refund that has failed since." in said
    assert "Send a notification: it is the correction" in said
    assert "Refund failed -US$5.00 Came back Paid" in said


async def test_contradictions_of_upstream_are_exceptions_that_say_what_to_do() -> None:
    payment = folded(
        a_fact(FactKind.FAILED),
        a_fact(FactKind.PAID),
        a_refund_fact(amount_minor=1_000),
        a_refund_fact(refund_id="rf-2", amount_minor=1_000),
    )
    said = text_of(await page_of(payment))
    assert "The provider reported this payment both failed and paid. Paid counts." in said
    assert "US$8.00 more went back than was paid." in said


async def test_the_history_is_newest_first_by_day_and_folds_what_changed_nothing() -> None:
    page = await page_of(rich())
    history = section(page, "history")
    assert history.startswith("History (Rome) (UTC) 1 Mar 2026 Payment pending Partially Refunded")
    assert "2 more Refund not answered, asked again" in history
    assert "Refund executed €30.00 Partially Refunded · upstream" in history
    assert history.index("Payment paid") < history.index("Payment created")
    assert "ignored: the payment was paid already" in history


async def test_events_of_the_payment_carry_its_amount_and_other_systems_are_upstream() -> None:
    page = await page_of(rich())
    history = section(page, "history")
    assert re.search(r"Payment paid €120\.00 (?!Asked for)", history)
    assert "Payment created €120.00 Asked for" in history
    assert "Refund executed €2.00 Partially Refunded · upstream" in history
    assert "/hub" not in history
    assert '<span class="more" title="/hub">' in page


async def test_hostile_names_are_text_and_change_nothing_around_them() -> None:
    payment = folded(
        a_fact(FactKind.PAID, description=a_description(user_name=HOSTILE, user_id="u<i>%d"))
    )
    async with person(HeldGateway(payment)) as operator:
        for path in ("", "/refund", "/notification"):
            page = (await operator.get(f"/transactions/t-1{path}")).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
            assert page.count("<main") == page.count("</html>") == 1


async def test_an_id_with_signs_of_addresses_is_found_under_its_own_page() -> None:
    payment = folded(a_fact(FactKind.PAID, transaction_id="a b/c%d?#é"))
    path = "/transactions/a%20b%2Fc%25d%3F%23%C3%A9"
    async with person(HeldGateway(payment)) as operator:
        page = await operator.get(path)
        assert page.status_code == 200
        assert f'href="{path}/refund"' in page.text
        form = fields_of((await operator.get(f"{path}/refund")).text)
        answer = await operator.post(f"{path}/refund", data=form | {"reason": "Late"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)


async def test_a_part_whose_service_is_away_says_so_and_the_rest_stands() -> None:
    gateway = HeldGateway(STATES["partially"])
    gateway.away = {"/credit-notes"}
    async with person(gateway) as operator:
        answer = await operator.get("/transactions/partially")
    assert answer.status_code == 200
    assert "Transactions does not answer." in section(answer.text, "credit-notes")
    assert "€120.00" in section(answer.text, "payment")


async def test_a_payment_that_there_is_not_is_a_page_that_says_so() -> None:
    async with person(HeldGateway()) as operator:
        answer = await operator.get("/transactions/nothing")
    assert answer.status_code == 404
    assert answer.text.count("<main") == 1


async def test_a_reading_of_the_page_alone_is_its_content() -> None:
    read = {"HX-Request": "true", "HX-Target": "div#detail"}
    async with person(HeldGateway(STATES["paid"])) as operator:
        answer = await operator.get("/transactions/paid", headers=read)
    assert "<main" not in answer.text
    assert "€120.00" in answer.text


async def test_an_invoice_is_downloaded_and_a_viewer_is_told_when_it_is_not_issued() -> None:
    payment = folded(a_fact(FactKind.PAID))
    gateway = HeldGateway(payment)
    async with person(gateway) as operator, person(gateway, UserRole.VIEWER) as viewer:
        file = await operator.get("/transactions/t-1/invoice")
        early = (await viewer.get("/transactions/t-1")).text
        record_issued(payment, "INV-2026-000001", None, NOON, "operator", "")  # type: ignore[arg-type]
        late = (await viewer.get("/transactions/t-1")).text
    assert file.content == PDF
    assert file.headers["content-disposition"] == 'attachment; filename="I.pdf"'
    assert "It is not issued yet; an operator issues it." in early
    assert 'href="/transactions/t-1/invoice"' not in early
    assert 'href="/transactions/t-1/invoice"' in late


async def test_a_mail_is_shown_before_it_is_sent_and_sent_once() -> None:
    gateway = HeldGateway(STATES["paid"])
    path = "/transactions/paid/notification"
    async with person(gateway) as operator:
        page = await operator.get(path, headers=DIALOG)
        said = text_of(page.text)
        assert "ada@example.com gets this e-mail." in said
        assert "Subject About paid" in said
        assert "&lt;b&gt;thank you&lt;/b&gt;" in page.text
        form = fields_of(page.text) | {"reason": "Asked by phone"}
        answers = [await operator.post(path, data=form, headers=DIALOG) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert "A notification to ada@example.com is on its way." in answers[0].headers["hx-trigger"]
    assert {key for _, _, key in gateway.posted} == {form["key"]}
    assert gateway.posted[0][1] == {"reason": "Asked by phone"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"user_email": None}, "The customer has no e-mail address."),
        (
            {"notification_channels": ("sms",)},
            "E-mail is not among the customer's notification channels.",
        ),
    ],
)
async def test_who_cannot_be_mailed_is_not_and_the_reason_is_said(
    changes: dict[str, Any], reason: str
) -> None:
    payment = folded(a_fact(FactKind.PAID, description=a_description(**changes)))
    async with person(HeldGateway(payment)) as operator:
        page = text_of((await operator.get("/transactions/t-1")).text)
        dialog = (await operator.get("/transactions/t-1/notification")).text
    assert reason in page
    assert reason in text_of(dialog)
    assert "key" not in fields_of(dialog)


async def test_the_page_is_in_italian_for_who_reads_italian() -> None:
    page = await page_of(rich(), language="it")
    said = text_of(page)
    for words in ("Cosa succede ora", "Cronologia", "120,00 €", "Rimborsa"):
        assert words in said, words
    assert "can still be refunded" not in said
