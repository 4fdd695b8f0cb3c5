"""What the list and the detail answer: what their models declare, and the required fields."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import BaseModel

from payops_kernel.http.queries import PageOut
from payops_kernel.testing.callers import ClientOf
from payops_testing.transactions.list_setting import LIST, STORE, viewer_of
from payops_testing.transactions.payments_of_all_kinds import bare, of_every_status, rich
from transactions.api.refund_schemas import RefundsOut
from transactions.api.schemas import TransactionDetail
from transactions.api.transaction_list import TRANSACTION_LIST

NOT_INVOICED = "Only paid transactions, refunded or not, have an invoice."
NOT_REFUNDABLE = "Only paid and partially refunded transactions can be refunded."
NO_SUBSCRIPTION = "Not part of a subscription."
PAGE: type[BaseModel] = PageOut[TRANSACTION_LIST.row_model]  # type: ignore[name-defined]
YES = {"allowed": True, "reason": None}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def told(minute: int) -> str:
    return f"2026-03-01T12:{minute:02d}:00Z"


def refusal(reason: str) -> dict[str, Any]:
    return {"allowed": False, "reason": reason}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    documents = [STORE.to_document(t) for t in (rich(), bare(), *of_every_status())]
    async with viewer_of(mongo_uri, client_of, documents) as viewer:
        yield viewer


async def as_declared(client: httpx.AsyncClient, path: str, model: type[BaseModel]) -> Any:
    """An answer that its model reads strictly and writes the same: nothing more, nothing less."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    read = model.model_validate_json(answer.content, strict=True)
    assert read.model_dump(mode="json", by_alias=True) == answer.json()
    return answer.json()


async def the_row(client: httpx.AsyncClient, key: str) -> Any:
    page = await as_declared(client, f"{LIST}?q={key}", PAGE)
    (row,) = page["items"]
    return row


async def the_detail(client: httpx.AsyncClient, key: str) -> Any:
    return await as_declared(client, f"{LIST}/{key}", TransactionDetail)


def without(name: str, shown: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if key != name}


async def test_list_detail_and_refunds_answer_exactly_what_their_models_declare(
    client: httpx.AsyncClient,
) -> None:
    page = await as_declared(client, LIST, PAGE)
    assert len(page["items"]) == 8
    for row in page["items"]:
        detail = await the_detail(client, row["transaction_id"])
        assert detail["actions"] == row["actions"]
        assert row.items() <= (row | detail["payment"] | detail["overview"]).items()
        await as_declared(client, f"{LIST}/{row['transaction_id']}/refunds", RefundsOut)


RICH_PAYMENT = {
    "amount_minor": 12_000,
    "currency": "EUR",
    "amount": "€120.00",
    "method": "credit-cards",
    "method_label": "Credit card",
    "channel": "call-center",
    "channel_label": "Call center",
    "provider": "adyen",
    "provider_label": "Adyen",
    "type": "SUBSCRIPTION",
    "type_label": "Subscription",
    "total_refunded_minor": 3_200,
    "remaining_minor": 8_600,  # less 3,200 refunded and 200 lost
    "in_flight_minor": 1_200,
    "subscription_id": "sub-1",
}
RICH_OVERVIEW = {
    "transaction_id": "rich",
    "created_at": told(0),
    "status": "PARTIALLY_REFUNDED",
    "status_label": "Partially Refunded",
    "flags": ["FAILED_AND_PAID"],
}
RICH_ACTIONS = {
    "refund": refusal("The payment is disputed; its outcome decides about the money.")
    | {"available_minor": 7_400},
    "invoice": YES,
    "go_to_subscription": YES,
}


async def test_the_row_of_a_rich_payment_has_every_column(client: httpx.AsyncClient) -> None:
    row = await the_row(client, "rich")
    assert without("notify", row.pop("actions")) == RICH_ACTIONS
    assert row == RICH_OVERVIEW | RICH_PAYMENT | {
        "user_id": "u-1",
        "user_name": "Ada Byron",
        "user_email": "ada@example.com",
        "version": 19,
    }


async def test_the_detail_of_a_rich_payment_has_every_section(client: httpx.AsyncClient) -> None:
    detail = await the_detail(client, "rich")
    assert detail["overview"] == RICH_OVERVIEW
    assert detail["user"] == {
        "id": "u-1",
        "name": "Ada Byron",
        "email": "ada@example.com",
        "phone": "+39 055 1",
        "notification_channels": ["email", "sms"],
    }
    assert detail["payment"] == RICH_PAYMENT | {
        "link": "https://pay.example/l/1",
        "payment_request_id": "pr-1",
        "provider_payment_id": "psp-pay-1",
        "paid_at": told(3),
        "failed_at": told(2),
        "failure": {"code": "do_not_honour", "message": "refused"},
    }
    assert detail["items"] == [
        {"description": "CD", "quantity": 2, "amount_minor": 13_000, "tax_minor": 2_000},
        {"description": "Voucher", "quantity": 1, "amount_minor": -1_000, "tax_minor": 0},
    ]
    assert detail["attributes"] == [
        {"path": "basket/quantity", "value": 3},
        {"path": "country", "value": "IT"},
    ]
    assert without("notify", detail["actions"]) == RICH_ACTIONS
    assert detail["version"] == 19


def a_refund(key: str, minor: int, amount: str, status: str, label: str, **more: Any) -> Any:
    number = int(key.removeprefix("rf-")) if key.startswith("rf-") else None
    asked = {
        "requested_at": told(9 + number) if number else None,
        "requested_by": "ada" if number else None,
        "reason": "damaged" if number else None,
        "comment": "a scratch" if number else None,
    }
    parts = {"refund_id": key, "amount_minor": minor, "amount": amount, "currency": "EUR"}
    state = {"status": status, "status_label": label, "external": number is None, "attempt": 1}
    nothing = {"settled_at": None, "failure": None}
    back = {"returned": False, "customer_told_refunded": False}
    return parts | state | asked | nothing | back | more


async def test_refunds_and_disputes_are_shown_with_their_states_newest_first(
    client: httpx.AsyncClient,
) -> None:
    detail = await the_detail(client, "rich")
    declined = {"code": "declined", "message": None}
    assert detail["refunds"] == [
        a_refund("psp-1", 200, "€2.00", "SUCCEEDED", "Succeeded", settled_at=told(19)),
        a_refund("rf-5", 300, "€3.00", "REQUESTED", "Requested"),
        a_refund("rf-4", 400, "€4.00", "UNKNOWN", "Unknown outcome", attempt=2),
        a_refund("rf-3", 500, "€5.00", "PENDING", "Pending"),
        a_refund(
            "rf-2", 1_000, "€10.00", "FAILED", "Failed", settled_at=told(17), failure=declined
        ),
        a_refund("rf-1", 3_000, "€30.00", "SUCCEEDED", "Succeeded", settled_at=told(18)),
    ]
    fields = (
        "dispute_id",
        "amount_minor",
        "lost_minor",
        "status",
        "status_label",
        "opened_at",
        "settled_at",
    )
    assert [tuple(dispute[field] for field in fields) for dispute in detail["disputes"]] == [
        ("dp-3", 300, None, "OPEN", "Open", told(22), None),
        ("dp-2", 200, 200, "LOST", "Lost", told(21), told(24)),
        ("dp-1", 100, None, "WON", "Won", told(20), told(23)),
    ]


async def test_the_history_tells_date_event_status_after_it_and_refunded_amount(
    client: httpx.AsyncClient,
) -> None:
    history = (await the_detail(client, "rich"))["history"]
    fields = ("at", "event", "event_label", "status_label", "refunded_minor", "note")
    paid_already = "ignored: the payment was paid already"
    partly = "Partially Refunded"
    expected = [
        (25, "payment_pending", "Payment pending", partly, None, paid_already),
        (24, "dispute_lost", "Dispute lost", partly, None, None),
        (23, "dispute_won", "Dispute won", partly, None, None),
        *((minute, "dispute_opened", "Dispute opened", partly, None, None) for minute in (22, 21)),
        (20, "dispute_opened", "Dispute opened", partly, None, None),
        (19, "refund_succeeded", "Refund executed", partly, 200, None),
        (18, "refund_succeeded", "Refund executed", partly, 3_000, None),
        (17, "refund_failed", "Refund failed", "Paid", None, "declined"),
        (16, "refund_unknown", "Refund not answered, asked again", "Paid", None, None),
        (15, "refund_pending", "Refund pending", "Paid", None, None),
        *(
            (minute, "refund_requested", "Refund requested", "Paid", None, None)
            for minute in (14, 13, 12, 11, 10)
        ),
        (3, "payment_paid", "Payment paid", "Paid", None, None),
        (2, "payment_failed", "Payment failed", "Failed", None, None),
        (0, "payment_created", "Payment created", "Created", None, None),
    ]
    assert [tuple(row[field] for field in fields) for row in history] == [
        (told(minute), *rest) for minute, *rest in expected
    ]


async def test_a_bare_payment_has_every_field_and_nothing_in_the_optional_ones(
    client: httpx.AsyncClient,
) -> None:
    overview = {
        "transaction_id": "bare",
        "created_at": told(0),
        "status": "CREATED",
        "status_label": "Created",
        "flags": [],
    }
    words = {"method": "barter", "channel": "fair", "provider": "newpay"}
    sums = ("amount_minor", "total_refunded_minor", "remaining_minor", "in_flight_minor")
    payment = {
        "currency": "JPY",
        "amount": "¥0",
        **words,
        **{f"{name}_label": word for name, word in words.items()},
        "type": "DIRECT",
        "type_label": "Direct",
        "subscription_id": None,
        **dict.fromkeys(sums, 0),
    }
    row = await the_row(client, "bare")
    del row["actions"]
    who = {"user_id": "u-1", "user_name": None, "user_email": None, "version": 1}
    assert row == overview | payment | who
    detail = await the_detail(client, "bare")
    told_by_some = ("link", "payment_request_id", "provider_payment_id")
    absent = (*told_by_some, "paid_at", "failed_at", "failure")
    assert detail["overview"] == overview
    assert detail["payment"] == payment | dict.fromkeys(absent)
    nobody = dict.fromkeys(("name", "email", "phone"))
    assert detail["user"] == {"id": "u-1", **nobody, "notification_channels": []}
    assert detail["items"] == detail["attributes"] == detail["refunds"] == detail["disputes"] == []
    assert [row["event_label"] for row in detail["history"]] == ["Payment created"]


@pytest.mark.parametrize(
    ("key", "label", "refunded", "remaining", "refund", "invoice"),
    [
        ("created", "Created", 0, 0, refusal(NOT_REFUNDABLE), refusal(NOT_INVOICED)),
        ("pending", "Created", 0, 0, refusal(NOT_REFUNDABLE), refusal(NOT_INVOICED)),
        ("failed", "Failed", 0, 0, refusal(NOT_REFUNDABLE), refusal(NOT_INVOICED)),
        ("paid", "Paid", 0, 12_000, YES, YES),
        ("partially", "Partially Refunded", 6_000, 6_000, YES, YES),
        ("totally", "Totally Refunded", 12_000, 0, refusal(NOT_REFUNDABLE), YES),
    ],
)
async def test_each_status_has_its_label_its_sums_and_its_actions(
    client: httpx.AsyncClient,
    key: str,
    label: str,
    refunded: int,
    remaining: int,
    refund: dict[str, Any],
    invoice: dict[str, Any],
) -> None:
    row = await the_row(client, key)
    assert row["status_label"] == label
    assert (row["total_refunded_minor"], row["remaining_minor"]) == (refunded, remaining)
    assert row["actions"]["refund"] == refund | {"available_minor": remaining}
    assert row["actions"]["invoice"] == invoice
    assert row["actions"]["go_to_subscription"] == refusal(NO_SUBSCRIPTION)


async def test_a_payment_by_link_shows_its_link_and_where_it_was_paid(
    client: httpx.AsyncClient,
) -> None:
    payment = (await the_detail(client, "paid"))["payment"]
    assert (payment["type"], payment["type_label"]) == ("PAY_BY_LINK", "Pay by link")
    assert (payment["channel"], payment["channel_label"]) == ("pay-by-link", "Pay by link")
    assert payment["link"] == "https://pay.example/2"
