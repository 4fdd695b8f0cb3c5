"""Invoices that cannot be made: told once, without a number, and made good later."""

from datetime import UTC, datetime

import pytest

from payops_contracts.ids import RefundId, TransactionId
from payops_contracts.registry import validate
from payops_testing.transactions.builders import a_description, a_fact, a_refund_fact, folded
from payops_testing.transactions.document_builders import pages
from payops_testing.transactions.invoice_desk import INVOICE, NOTES, OPERATOR, Desk, paid, year
from transactions.domain.documents import InvoiceDocument
from transactions.domain.facts import FactKind
from transactions.domain.folding import fold
from transactions.use_cases.issue_invoice import DocumentNotRendered, InvoiceNotMade


async def test_a_failure_is_told_once_takes_no_number_and_is_made_good_later(desk: Desk) -> None:
    async def broken(document: InvoiceDocument) -> bytes:
        raise DocumentNotRendered(f"{document.number} tore")

    issue = desk.issuing(broken)
    for _ in range(3):
        with pytest.raises(InvoiceNotMade):
            await issue.invoice(OPERATOR, TransactionId("t-1"))
    (event,) = await desk.events()
    assert validate(event).type == "payops.transaction.invoice-failed.v1"
    assert [row["event"] for row in (await desk.stored())["history"]][1:] == ["invoice_failed"]
    assert await desk.db["invoice_numbers"].count_documents({}) == 0
    answer = await desk.client.get(INVOICE)
    assert f"INV-{year()}-000001" in answer.headers["content-disposition"]
    history = [row["event"] for row in (await desk.stored())["history"]]
    assert history[1:] == ["invoice_failed", "invoice_issued"]


async def test_a_failed_credit_note_is_told_with_its_refund(desk: Desk) -> None:
    await desk.put(folded(a_fact(FactKind.PAID), a_refund_fact()))
    await desk.client.get(INVOICE)

    async def broken(_document: InvoiceDocument) -> bytes:
        raise DocumentNotRendered("tore")

    with pytest.raises(InvoiceNotMade):
        await desk.issuing(broken).credit_note(OPERATOR, TransactionId("t-1"), RefundId("rf-1"))
    row = (await desk.stored())["history"][-1]
    assert (row["event"], row["refund_id"]) == ("credit_note_failed", "rf-1")


UNPRINTABLE = "\U00010330\U00010331"


async def test_what_cannot_be_printed_is_refused_before_a_number_is_taken_until_it_is_mended(
    desk: Desk,
) -> None:
    await desk.put(paid(user_name=f"{UNPRINTABLE} Byron"), paid("t-2"))
    answers = [await desk.client.get(INVOICE) for _ in range(3)]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "invoice_not_printable")}
    problem = answers[0].json()
    assert "U+10330 GOTHIC LETTER AHSA" in problem["detail"]
    assert "publish the payment again" in problem["detail"]
    assert problem["characters"] == ["U+10330", "U+10331"]
    (event,) = await desk.events()
    assert validate(event).type == "payops.transaction.invoice-failed.v1"
    newest = (await desk.client.get("/v1/transactions/t-1")).json()["history"][0]
    assert newest["event"] == "invoice_failed"
    assert "GOTHIC LETTER AHSA" in newest["note"]
    other = await desk.client.get("/v1/transactions/t-2/invoice")
    assert f"INV-{year()}-000001" in other.headers["content-disposition"]
    stored = desk.store.from_document(await desk.stored())
    corrected = a_fact(
        FactKind.PAID,
        event_id="corrected",
        occurred_at=datetime(2026, 3, 2, tzinfo=UTC),
        description=a_description(user_name="Ahba Byron"),
    )
    await desk.put(fold(stored, corrected))
    answer = await desk.client.get(INVOICE)
    assert f"INV-{year()}-000002" in answer.headers["content-disposition"]
    assert "Ahba Byron" in pages(answer.content)[0]


async def test_a_credit_note_that_cannot_be_printed_is_refused_without_a_number(
    desk: Desk,
) -> None:
    refund = a_refund_fact()
    await desk.put(folded(a_fact(FactKind.PAID), refund))
    await desk.client.get(INVOICE)
    stored = desk.store.from_document(await desk.stored())
    stored.described.description = stored.described.description._replace(user_name=UNPRINTABLE)
    await desk.put(stored)
    answer = await desk.client.get(f"{NOTES}/rf-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "invoice_not_printable")
    row = (await desk.stored())["history"][-1]
    assert (row["event"], row["refund_id"]) == ("credit_note_failed", "rf-1")
    assert await desk.db["invoice_numbers"].count_documents({"_id": {"$regex": "^CN"}}) == 0


async def test_a_failure_about_the_longest_ids_is_a_valid_event(desk: Desk) -> None:
    long_id, long_refund = TransactionId("t" * 128), RefundId("r" * 128)
    fact = a_refund_fact(refund_id=long_refund)._replace(transaction_id=long_id)
    await desk.put(folded(a_fact(FactKind.PAID, transaction_id=long_id), fact))

    async def broken(_document: InvoiceDocument) -> bytes:
        raise DocumentNotRendered("tore")

    await desk.client.get(f"/v1/transactions/{long_id}/invoice")
    with pytest.raises(InvoiceNotMade):
        await desk.issuing(broken).credit_note(OPERATOR, long_id, long_refund)
    event = (await desk.events())[-1]
    assert validate(event).type == "payops.transaction.invoice-failed.v1"
