"""Invoices over HTTP on a real mongod: issued once, numbered without gaps, served ever after."""

import asyncio
import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payops_contracts.ids import TransactionId
from payops_contracts.registry import validate
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import built
from payops_testing.transactions.builders import NOON, a_description, a_fact, a_refund_fact, folded
from payops_testing.transactions.document_builders import pages
from payops_testing.transactions.invoice_desk import INVOICE, NOTES, OPERATOR, Desk, paid, year
from transactions import bootstrap
from transactions.domain.documents import InvoiceDocument
from transactions.domain.facts import FactKind, Item, RefundFact, RefundFactKind
from transactions.domain.folding import fold
from transactions.domain.issuing import credited_refunds, note_tax_minor


async def test_an_invoice_is_numbered_stored_told_and_audited_in_one_step(desk: Desk) -> None:
    answer = await desk.client.get(INVOICE)
    assert answer.status_code == 200, answer.text
    number = f"INV-{year()}-000001"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{number}.pdf"'
    (text,) = pages(answer.content)
    assert f"Invoice {number}" in text
    assert "Acme Records" in text
    assert "1 CD 1 10.00 2.00 12.00" in text
    stored = await desk.stored()
    assert (stored["version"], stored["status"]) == (2, "PAID")
    assert stored["history"][-1]["event"] == "invoice_issued"
    (event,) = await desk.events()
    assert validate(event).type == "payops.transaction.invoice-issued.v1"
    assert event["data"]["change"]["cause_id"] == number
    (audit,) = await desk.events("payops.audit")
    assert (audit["data"]["action"], audit["data"]["actor"]["id"]) == (
        "invoice.issue",
        "local:operator",
    )
    assert audit["data"]["after"]["sha256"] == hashlib.sha256(answer.content).hexdigest()
    detail = (await desk.client.get("/v1/transactions/t-1")).json()
    assert detail["history"][0]["event_label"] == "Invoice generated"


async def test_a_viewer_gets_what_an_operator_has_issued_and_issues_nothing(
    desk: Desk, client_of: ClientOf
) -> None:
    await desk.put(folded(a_fact(FactKind.CREATED, transaction_id="created")))
    async with client_of(desk.app, UserRole.VIEWER) as viewer:
        early = await viewer.get(INVOICE)
        assert (early.status_code, early.json()["code"]) == (409, "invoice_not_issued")
        assert early.json()["detail"] == "It is not issued yet; an operator issues it."
        unpaid = await viewer.get("/v1/transactions/created/invoice")
        assert unpaid.json()["code"] == "transaction_not_invoiced"
        assert await desk.issued() == []
        issued = await desk.client.get(INVOICE)
        assert (await viewer.get(INVOICE)).content == issued.content
        bulk = await viewer.post("/v1/transactions/bulk-invoices/previews", json={"all": True})
        assert bulk.status_code == 403


async def test_the_detail_names_the_documents_that_were_issued(desk: Desk) -> None:
    assert (await desk.client.get("/v1/transactions/t-1")).json()["documents"] == []
    await desk.client.get(INVOICE)
    (document,) = await desk.issued()
    (shown,) = (await desk.client.get("/v1/transactions/t-1")).json()["documents"]
    assert (shown["number"], shown["refund_id"]) == (document["number"], None)
    assert (shown["issued_by"], shown["issued_at"][:4]) == ("local:operator", str(year()))


async def test_the_second_call_serves_the_same_bytes_and_changes_nothing(desk: Desk) -> None:
    first, before = await desk.client.get(INVOICE), await desk.stored()
    await desk.put(dataclasses.replace(desk.store.from_document(before), amount_minor=999))
    second = await desk.client.get(INVOICE)
    assert second.content == first.content
    assert (await desk.stored())["version"] == before["version"]
    assert len(await desk.issued()) == 1
    unchanged = await desk.client.get(INVOICE, headers={"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]


async def test_twenty_first_calls_at_once_issue_one_invoice(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.client.get(INVOICE) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert [document["number"] for document in await desk.issued()] == [f"INV-{year()}-000001"]
    assert len(await desk.events()) == 1
    assert (await desk.stored())["version"] == 2


async def test_two_processes_at_once_leave_neither_gap_nor_double_number(
    desk: Desk, mongo_uri: str
) -> None:
    names = [f"t-{n}" for n in range(10)]
    await desk.put(*(paid(name) for name in names))
    other = built(bootstrap, desk.service.runtime.settings)
    second = Desk(other, desk.app, desk.client, desk.clock)
    printed: list[str] = []

    async def render_pdf(document: InvoiceDocument) -> bytes:
        printed.append(document.number)
        await asyncio.sleep(0)
        return document.number.encode()

    hands = [desk.issuing(render_pdf), second.issuing(render_pdf)]
    documents = await asyncio.gather(
        *(hand.invoice(OPERATOR, TransactionId(name)) for hand in hands for name in names)
    )
    numbers = {document.number for document in documents}
    assert numbers == {f"INV-{year()}-{n:06d}" for n in range(1, 11)}
    assert {document["number"] for document in await desk.issued()} == numbers
    other.runtime.mongo.close()


async def test_a_payment_that_moves_while_its_invoice_is_made_has_it_made_again(
    desk: Desk,
) -> None:
    made: list[bytes] = []

    async def render_pdf(document: InvoiceDocument) -> bytes:
        if not made:
            moved = fold(desk.store.from_document(await desk.stored()), a_refund_fact())
            await desk.put(moved)
        made.append(f"{document.number} {len(made)}".encode())
        return made[-1]

    issued = await desk.issuing(render_pdf).invoice(OPERATOR, TransactionId("t-1"))
    assert issued.pdf == f"INV-{year()}-000001 1".encode()
    stored = await desk.stored()
    assert (stored["version"], stored["status"]) == (3, "PARTIALLY_REFUNDED")


async def test_a_new_year_counts_from_one_and_begins_in_the_zone(desk: Desk) -> None:
    clock = desk.clock
    await desk.put(paid("t-2"))
    await desk.client.get(INVOICE)
    clock.offset = datetime(year() + 1, 1, 1, 0, 1, tzinfo=UTC) - datetime.now(UTC)
    answer = await desk.client.get("/v1/transactions/t-2/invoice")
    assert f"INV-{year() + 1}-000001" in answer.headers["content-disposition"]
    clock.offset = timedelta(0)


@pytest.mark.parametrize("kind", [FactKind.CREATED, FactKind.PENDING, FactKind.FAILED])
async def test_what_was_not_paid_has_no_invoice(desk: Desk, kind: FactKind) -> None:
    await desk.put(folded(a_fact(kind)))
    answer = await desk.client.get(INVOICE)
    assert (answer.status_code, answer.json()["code"]) == (409, "transaction_not_invoiced")
    assert "paid" in answer.json()["detail"]
    assert await desk.issued() == []
    assert await desk.events() == []
    assert (await desk.stored())["version"] == 1


async def test_a_transaction_that_is_not_known_is_not_found(desk: Desk) -> None:
    assert (await desk.client.get("/v1/transactions/nope/invoice")).status_code == 404
    assert (await desk.client.get("/v1/transactions/nope/credit-notes")).status_code == 404
    assert (await desk.client.get(NOTES + "/nope")).json()["code"] == "refund_not_found"
    assert await desk.issued() == []


async def test_a_payment_without_items_has_one_line(desk: Desk) -> None:
    await desk.put(paid(items=None))
    (text,) = pages((await desk.client.get(INVOICE)).content)
    assert "1 Payment t-1 1 12.00 0.00 12.00" in text


async def test_credit_notes_are_listed_issued_once_and_share_the_tax(desk: Desk) -> None:
    facts = [a_refund_fact(refund_id=f"rf-{n}", amount_minor=400) for n in (1, 2, 3)]
    payment = a_fact(FactKind.PAID, description=a_description(items=(Item("CD", 1, 1200, 200),)))
    await desk.put(folded(payment, *facts))
    listed = (await desk.client.get(NOTES)).json()
    assert listed["invoice_number"] is None
    assert [row["number"] for row in listed["items"]] == [None] * 3
    answers = [await desk.client.get(row["pdf"]) for row in listed["items"]]
    again = await asyncio.gather(*(desk.client.get(row["pdf"]) for row in listed["items"]))
    assert [a.content for a in again] == [a.content for a in answers]
    (text,) = pages(answers[0].content)
    assert f"Credit note CN-{year()}-000001" in text
    assert f"For invoice INV-{year()}-000001" in text
    assert "Total credited $4.00" in text
    invoice, notes = (await desk.issued())[-1], (await desk.issued())[:-1]
    assert [note["tax_minor"] for note in notes] == [67, 66, 67]
    assert invoice["tax_minor"] == 200
    listed = (await desk.client.get(NOTES)).json()
    assert listed["invoice_number"] == f"INV-{year()}-000001"
    assert sorted(row["number"] for row in listed["items"]) == [n["number"] for n in notes]
    events = await desk.events()
    told = [(e["data"]["change"]["event"], e["data"]["change"]["refund_id"]) for e in events]
    assert told == [("invoice_issued", None)] + [
        ("credit_note_issued", f"rf-{n}") for n in (3, 2, 1)
    ]
    for event in events:
        assert validate(event).type == "payops.transaction.invoice-issued.v1"


async def test_the_credit_note_of_a_refund_that_came_back_stands_is_marked_and_counts_no_more(
    desk: Desk,
) -> None:
    succeeded = a_refund_fact(refund_id="rf-1", amount_minor=1200)
    failed = a_refund_fact(
        RefundFactKind.FAILED, "rf-1", 1200, occurred_at=NOON + timedelta(hours=1)
    )
    await desk.put(folded(a_fact(FactKind.PAID), succeeded))
    first = await desk.client.get(f"{NOTES}/rf-1")
    t = fold(desk.store.from_document(await desk.stored()), failed)
    number = f"CN-{year()}-000001"
    assert (t.history[-1].detail or "").endswith(f"its credit note {number} counts no more")
    anew = a_refund_fact(refund_id="rf-2", amount_minor=1200, occurred_at=NOON + timedelta(hours=2))
    await desk.put(fold(t, anew))
    assert (await desk.client.get(f"{NOTES}/rf-1")).content == first.content
    await desk.client.get(f"{NOTES}/rf-2")
    items = {row["refund_id"]: row for row in (await desk.client.get(NOTES)).json()["items"]}
    assert [(row["number"], row["returned_at"]) for row in items.values()] == [
        (f"CN-{year()}-000002", None),
        (number, "2026-03-01T13:00:00Z"),
    ]
    notes = [document for document in await desk.issued() if document["refund_id"] is not None]
    assert [note["tax_minor"] for note in notes] == [200, 200]


async def test_a_refund_that_came_back_without_a_credit_note_has_none(desk: Desk) -> None:
    failed = a_refund_fact(RefundFactKind.FAILED, occurred_at=NOON + timedelta(hours=1))
    await desk.put(folded(a_fact(FactKind.PAID), a_refund_fact(), failed))
    assert (await desk.client.get(NOTES)).json()["items"] == []
    assert (await desk.client.get(f"{NOTES}/rf-1")).json()["code"] == "refund_not_credited"


async def test_a_refund_that_did_not_succeed_has_no_credit_note(desk: Desk) -> None:
    pending = a_refund_fact(RefundFactKind.PENDING)
    await desk.put(folded(a_fact(FactKind.PAID), pending))
    answer = await desk.client.get(f"{NOTES}/rf-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "refund_not_credited")
    assert (await desk.client.get(NOTES)).json()["items"] == []
    assert await desk.issued() == []


async def test_facts_go_on_folding_after_an_invoice(desk: Desk) -> None:
    await desk.client.get(INVOICE)
    refunded = fold(desk.store.from_document(await desk.stored()), a_refund_fact())
    assert (refunded.version, refunded.status) == (3, "PARTIALLY_REFUNDED")


def a_refund(name: str, hour: int, amount_minor: int, *, back: bool = False) -> RefundFact:
    """A refund that succeeds at that hour, or comes back."""
    kind = RefundFactKind.FAILED if back else RefundFactKind.SUCCEEDED
    at = NOON + timedelta(hours=hour)
    return a_refund_fact(kind, name, amount_minor, event_id=f"{name}-{hour}", occurred_at=at)


async def test_a_note_after_a_refund_that_succeeds_again_has_no_tax_below_zero(desk: Desk) -> None:
    described = a_description(items=(Item("CD", 1, 12200, 2200),))
    t = folded(a_fact(FactKind.PAID, amount_minor=12200, description=described))
    moves = {
        a_refund("a", 1, 6100): "a",
        a_refund("a", 2, 6100, back=True): None,
        a_refund("b", 3, 12200): "b",
        a_refund("a", 4, 6100): "a",
        a_refund("x", 5, 1000): "x",
    }
    await desk.put(t)
    for fact, noted in moves.items():
        await desk.put(fold(desk.store.from_document(await desk.stored()), fact))
        if noted is not None:
            answer = await desk.client.get(f"{NOTES}/{noted}")
            assert answer.status_code == 200, answer.text
    notes = {document["refund_id"]: document["tax_minor"] for document in await desk.issued()}
    assert notes == {"a": 1100, "b": 2200, "x": 0, None: 2200}


ROUNDS = ("a", "b", "c", "d")


@given(
    st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    st.lists(st.integers(1, 10_000), min_size=4, max_size=4),
    st.lists(st.tuples(st.sampled_from(["success", "note", "return"]), st.sampled_from(ROUNDS))),
)
@example(
    (12200, 2200),
    [6100, 12200, 1000, 1],
    [
        *(("success", "a"), ("note", "a"), ("return", "a"), ("success", "b"), ("note", "b")),
        *(("success", "a"), ("success", "c"), ("note", "c")),
    ],
)
def test_no_note_has_tax_below_zero_and_those_of_refunds_that_stay_share_it_to_the_unit(
    paid_and_tax: tuple[int, int], amounts: list[int], moves: list[tuple[str, str]]
) -> None:
    amount, tax = paid_and_tax
    described = a_description(items=(Item("CD", 1, amount, tax),))
    t = folded(a_fact(FactKind.PAID, amount_minor=amount, description=described))
    minor, taxes = dict(zip(ROUNDS, amounts, strict=True)), dict[str, int]()
    for hour, (move, name) in enumerate(moves, start=1):
        if move != "note":
            t = fold(t, a_refund(name, hour, minor[name], back=move == "return"))
        elif name in credited_refunds(t) and name not in taxes:
            before = sum(minor[noted] for noted in taxes if noted in credited_refunds(t))
            taxes[name] = note_tax_minor(t, before, minor[name])
    assert all(0 <= part <= tax for part in taxes.values())
    if not any(move == "return" for move, _ in moves):
        credited = min(amount, sum(minor[name] for name in taxes))
        assert sum(taxes.values()) == floor(Fraction(tax * credited, amount) + Fraction(1, 2))
