"""Rows of subscriptions → what was agreed, each payment and the end: the shipped mapping, the same
ids again, a mapping of one's own, and bad rows.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from payops_contracts.registry import validate
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.errors import PlatformError
from payops_local.importing.cells import BadRow
from payops_local.importing.kind import Imported
from payops_local.importing.mapping import load_mapping
from payops_local.importing.repeats import Novelty, Seen
from payops_local.importing.subscriptions import KIND, SubscriptionRows
from payops_local.importing.subscriptions_mapping import SubscriptionsMapping

HEADER = (
    "customer_id", "months_active", "contract", "payment_method", "monthly_amount_usd",
    "total_amount_usd", "cancelled",
)  # fmt: skip
ROW = {
    "customer_id": "3668-QPYBK", "months_active": "2", "contract": "Month-to-month",
    "payment_method": "Mailed check", "monthly_amount_usd": "53.85", "total_amount_usd": "108.15",
    "cancelled": "Yes",
}  # fmt: skip
OWN: dict[str, Any] = {
    "kind": "subscriptions",
    "source": "urn:test:club",
    "columns": {
        "subscription_id": "Id", "amount": "Price", "payments": "Paid", "started_on": "Since",
        "interval": "Every", "expires_on": "Until", "ended": "Gone", "ended_on": "Gone on",
        "payments_max": "Most",
    },
    "constants": {
        "user_id": "nobody", "currency": "EUR", "provider": "nexi", "method": "credit-cards",
        "channel": "web",
    },
    "values": {"interval": {"weekly": "WEEK", "monthly": "MONTH"}},
    "dates": {"format": "%d/%m/%Y", "zone": "Europe/Rome"},
}  # fmt: skip
OWN_ROW = {
    "Id": "A-1", "Price": "9.90", "Paid": "3", "Since": "31/01/2026", "Every": "monthly",
    "Until": "", "Gone": "", "Gone on": "", "Most": "",
}  # fmt: skip


def telco(**changed: str) -> Imported:
    row = ROW | changed
    return KIND.open("telco").converter(HEADER)([row[name] for name in HEADER])


def own(constants: dict[str, str] | None = None, **changed: str) -> Imported:
    row, mapping = OWN_ROW | changed, OWN | {"constants": OWN["constants"] | (constants or {})}
    rows = SubscriptionRows(SubscriptionsMapping.model_validate(mapping), list(row))
    return rows.convert(list(row.values()))


def days(row: Imported) -> list[str]:
    return [orjson.loads(each["value"])["data"]["created_at"] for each in row.others]


def test_a_row_becomes_a_subscription_its_payments_and_its_end() -> None:
    row = telco()
    created, ended = (orjson.loads(each) for each in row.events)
    assert created["type"] == "upstream.subscription.created.v1"
    assert created["data"] == {
        "subscription_id": "3668-QPYBK", "created_at": "2025-11-01T12:00:00.000Z",
        "user": {"id": "3668-QPYBK"}, "amount_minor": 5385, "currency": "USD",
        "provider": "flowpay", "method": "mailed-check", "interval": "MONTH",
        "interval_count": 1, "billing": "provider", "first_payment_on": "2025-11-01",
        "description": "Telephone, monthly contract",
    }  # fmt: skip
    assert (ended["type"], ended["time"]) == (
        "upstream.subscription.ended.v1", "2025-12-31T12:00:00.000Z",
    )  # fmt: skip
    assert ended["data"] == {"subscription_id": "3668-QPYBK", "reason": "The customer cancelled"}
    assert days(row) == ["2025-11-01T12:00:00.000Z", "2025-12-01T12:00:00.000Z"]
    for number, sent in enumerate(row.others, 1):
        event = validate(sent["value"])
        assert (event.type, event.subject) == (
            "upstream.payment.paid.v1", f"3668-QPYBK-{number:03d}",
        )  # fmt: skip
        assert (sent["topic"], sent["key"]) == (UPSTREAM_PAYMENTS.name, event.subject.encode())
        data = orjson.loads(sent["value"])["data"]
        assert (data["subscription_id"], data["type"]) == ("3668-QPYBK", "SUBSCRIPTION")
        assert data["items"][0]["amount_minor"] == data["amount_minor"] == 5385
    assert (row.key, row.currency, row.amount_minor) == ("3668-QPYBK", "USD", 10770)


def test_who_has_not_cancelled_has_no_end_and_who_has_paid_nothing_no_payment() -> None:
    assert len(telco(cancelled="No").events) == 1
    row = telco(months_active="0", cancelled="No")
    assert row.others == ()
    data = orjson.loads(row.events[0])["data"]
    assert (data["created_at"], data["first_payment_on"]) == (
        "2025-12-01T12:00:00.000Z", "2026-01-01",
    )  # fmt: skip


def test_each_payment_method_has_a_word_and_a_provider_of_its_own() -> None:
    shipped = load_mapping("telco", SubscriptionsMapping).values
    methods = {
        (data["method"], data["provider"])
        for word in shipped["method"]  # type: ignore[index]
        for data in [orjson.loads(telco(payment_method=word).events[0])["data"]]
    }
    assert methods == {
        ("electronic-check", "stripe"), ("mailed-check", "flowpay"), ("bank-transfer", "flowpay"),
        ("credit-cards", "adyen"),
    }  # fmt: skip


def test_the_same_row_is_the_same_events_and_one_more_month_only_adds_a_payment() -> None:
    one, again = own(), own()
    assert (one.events, one.others) == (again.events, again.others)
    later = own(Paid="4")
    assert later.events == one.events
    assert later.others[:3] == one.others
    assert days(later)[3] == "2026-04-30T10:00:00.000Z"


def test_a_mapping_of_ones_own_with_days_of_a_zone_and_what_bounds_it() -> None:
    row = own(Until="31/12/2026", Most="12")
    assert days(row) == [
        "2026-01-31T11:00:00.000Z", "2026-02-28T11:00:00.000Z", "2026-03-31T10:00:00.000Z",
    ]  # fmt: skip
    data = orjson.loads(row.events[0])["data"]
    assert (data["expires_on"], data["payments_max"]) == ("2026-12-31", 12)
    assert days(own(Every="weekly"))[-1] == "2026-02-14T11:00:00.000Z"
    ended = orjson.loads(own(None, **{"Gone": "yes", "Gone on": "01/04/2026"}).events[1])
    assert ended["time"] == "2026-04-01T10:00:00.000Z"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"customer_id": ""}, "customer_id: it is empty"),
        ({"months_active": "two"}, "months_active"),
        ({"months_active": "1201"}, "1201 is not within 0 and 1200"),
        ({"monthly_amount_usd": "-1"}, "monthly_amount_usd"),
        ({"monthly_amount_usd": "0"}, "amount_minor"),
        ({"monthly_amount_usd": "1.001"}, "monthly_amount_usd"),
        ({"cancelled": "Perhaps"}, "cancelled: the mapping makes neither yes nor no of 'Perhaps'"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(changed: dict[str, str], says: str) -> None:
    with pytest.raises(BadRow, match=says):
        telco(**changed)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"Every": "fortnightly"}, "Every: 'fortnightly' is none of DAY, WEEK, MONTH, YEAR"),
        ({"Since": ""}, "Since: it is empty"),
        ({"Since": "31/02/2026"}, "Since"),
        ({"Until": "01/01/2026"}, "expires_on lies before the first payment"),
        ({"Most": "0"}, "0 is not within 1"),
        ({"Gone": "yes", "Gone on": ""}, "Gone on: it is empty"),
        ({"Gone": "yes", "Gone on": "01/02/2026"}, "2026-02-01 lies before its last payment"),
    ],
)
def test_days_that_do_not_fit_say_why(changed: dict[str, str], says: str) -> None:
    with pytest.raises(BadRow, match=says):
        own(None, **changed)


def test_payments_beyond_the_calendar_are_a_bad_row() -> None:
    with pytest.raises(BadRow, match="so many lie beyond the calendar"):
        own({"interval_count": "366"}, Paid="1200")


def test_the_same_subscription_with_other_payments_is_refused_within_a_file() -> None:
    with Seen() as seen:
        assert seen.add(own(), 2) is Novelty.NEW
        assert seen.add(own(), 3) is Novelty.REPEATED
        with pytest.raises(BadRow, match="line 2 says something else of 'A-1'"):
            seen.add(own(Paid="4"), 4)


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ("started_on", "neither paid_last_on nor started_on"),
        ("ended_on", "says ended_on"),
        ("payments", "must name the column of payments"),
        ("interval", "neither .* says interval"),
    ],
)
def test_a_mapping_that_does_not_say_enough_is_refused(without: str, says: str) -> None:
    columns = {part: name for part, name in OWN["columns"].items() if part != without}
    with pytest.raises(ValueError, match=says):
        SubscriptionsMapping.model_validate(OWN | {"columns": columns})


def test_a_mapping_of_another_kind_is_refused() -> None:
    with pytest.raises(PlatformError, match="kind"):
        KIND.open("cdnow")
