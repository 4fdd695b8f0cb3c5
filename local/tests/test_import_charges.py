"""Rows of charges → upstream events: the shipped mapping, the same ids again, and bad rows."""

import orjson
import pytest

from payops_local.importing.cells import BadRow
from payops_local.importing.charges import KIND

HEADER = (
    "charge_id", "created_at", "mpass_number", "user_id", "user_name", "user_email",
    "billing_code", "billing_cycle_code", "type", "amount", "currency", "rail", "tax",
)  # fmt: skip
ROW = {
    "charge_id": "CH-1", "created_at": "2026-03-01T10:00:00Z", "mpass_number": "MP-1",
    "user_id": "u-1", "user_name": "Duong Le", "user_email": "", "billing_code": "BL-1",
    "billing_cycle_code": "20260301", "type": "End of Billing Cycle", "amount": "3.23",
    "currency": "USD", "rail": "ACH", "tax": "0.58",
}  # fmt: skip


def converted(**changed: str) -> dict[str, object]:
    convert = KIND.open("settlement").converter(HEADER)
    row = ROW | changed
    (event,) = convert([row[name] for name in HEADER]).events
    found: dict[str, object] = orjson.loads(event)
    return found


def test_a_row_becomes_a_charge_that_was_raised() -> None:
    event = converted()
    assert (event["type"], event["subject"]) == ("upstream.charge.raised.v1", "CH-1")
    assert event["data"] == {
        "charge_id": "CH-1", "created_at": "2026-03-01T10:00:00.000Z", "mpass_number": "MP-1",
        "user": {"id": "u-1", "name": "Duong Le"}, "billing_code": "BL-1",
        "billing_cycle_code": "20260301", "type": "END_OF_BILLING_CYCLE", "amount_minor": 323,
        "currency": "USD", "rail": "ACH", "tax_minor": 58,
    }  # fmt: skip


def test_the_same_row_is_the_same_event_and_a_changed_one_another() -> None:
    assert converted()["id"] == converted()["id"]
    assert converted(amount="3.24")["id"] != converted()["id"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"amount": "-1"}, "amount"),
        ({"amount": "0"}, "amount_minor"),
        ({"amount": "3.234"}, "amount"),
        ({"tax": "4.00"}, "tax_minor is more than amount_minor"),
        ({"billing_cycle_code": "20261399"}, "billing_cycle_code"),
        ({"rail": "PIGEON"}, "rail"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"mpass_number": ""}, "mpass_number: it is empty"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(changed: dict[str, str], says: str) -> None:
    with pytest.raises(BadRow, match=says):
        converted(**changed)
