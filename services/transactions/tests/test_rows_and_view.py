"""What a row of the list and a row of the view say of one stored payment."""

from typing import Any

import pytest

from payops_kernel.mongo import Mongo, ensure_collections
from payops_testing.transactions.builders import a_fact, folded
from transactions.api.transaction_list import TRANSACTION_LIST
from transactions.domain.facts import FactKind
from transactions.store.transactions import TransactionStore


def a_row() -> dict[str, Any]:
    """A paid payment as it is stored."""
    store = TransactionStore({"transactions": None})  # type: ignore[dict-item]
    return store.to_document(folded(a_fact(FactKind.PAID)))


@pytest.mark.parametrize(
    ("changes", "left_minor"),
    [
        ({"status": "PAID", "total_refunded_minor": 0}, 1_000),
        ({"status": "PARTIALLY_REFUNDED", "total_refunded_minor": 300, "lost_minor": 100}, 600),
        ({"status": "PARTIALLY_REFUNDED", "total_refunded_minor": 300, "lost_minor": 900}, 0),
        ({"status": "FAILED", "total_refunded_minor": 0}, 0),
        ({"status": "CREATED", "total_refunded_minor": 0}, 0),
    ],
)
async def test_the_view_and_the_list_agree_on_what_remains(
    own_mongo: Mongo, changes: dict[str, Any], left_minor: int
) -> None:
    await ensure_collections(own_mongo.db, {}, [TRANSACTION_LIST.view("transactions_view")])
    row = a_row() | {"amount_minor": 1_000, "currency": "EUR"} | changes
    await own_mongo.db["transactions"].insert_one(row)
    seen = await own_mongo.db["transactions_view"].find_one({})
    assert seen is not None
    assert seen["Remaining amount"].to_decimal() * 100 == left_minor
    assert TRANSACTION_LIST.present(row)["remaining_minor"] == left_minor


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"status": "CREATED"}, "A payment that is only created is not notified."),
        ({"user": {"id": "u-1"}}, "The customer has no e-mail address."),
        (
            {"notification_channels": ["sms"]},
            "E-mail is not among the customer's notification channels.",
        ),
    ],
)
def test_a_row_says_whether_its_customer_may_be_mailed(
    changes: dict[str, Any], reason: str | None
) -> None:
    mailable = {
        "status": "PAID",
        "user": {"id": "u-1", "email": "ada@example.com"},
        "notification_channels": ["email"],
    }
    row = TRANSACTION_LIST.present(a_row() | mailable | changes)
    assert row["actions"]["notify"] == {"allowed": reason is None, "reason": reason}
