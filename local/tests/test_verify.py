"""`payops verify` on a real mongod: one minor unit planted anywhere is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import DatetimeMS, Decimal128

from payops_local.verifying import verification as verifying
from payops_local.verifying.draining import Look, Pipeline
from payops_local.verifying.findings import NAMED_MAX
from payops_local.verifying.verification import Verification
from payops_testing.local.stored_payments import (
    PAYMENTS,
    Stored,
    buckets,
    fact,
    payment,
    stored_payments,
)


@pytest.fixture
async def stored(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Stored]:
    async with stored_payments(mongo_uri, kafka_address, tmp_path) as all_of_it:
        yield all_of_it


async def test_what_agrees_has_no_difference_and_is_summed_by_currency(stored: Stored) -> None:
    verification = Verification(stored.platform, stored.client)
    seen = await verification.stored()
    assert verification.findings.count == 0
    assert (seen.rows.transactions, seen.rows.facts) == (PAYMENTS, PAYMENTS)
    yen = [payment(n) for n in range(PAYMENTS) if payment(n)["currency"] == "JPY"]
    assert seen.rows.by_currency["JPY"] == (len(yen), sum(row["amount_minor"] for row in yen))
    paid = [row for row in yen if row["status"] in {"PAID", "PARTIALLY_REFUNDED"}]
    assert seen.rows.paid["JPY"] == (len(paid), sum(row["amount_minor"] for row in paid))


async def test_one_minor_unit_planted_in_a_transaction_is_named(stored: Stored) -> None:
    await stored.transactions["transactions"].update_one(
        {"_id": "pay-00123"}, {"$inc": {"amount_minor": 1}}
    )
    found = await stored.differences()
    assert found.named == ["transaction pay-00123: amount_minor is 862, its fact says 861"]


async def test_one_minor_unit_planted_in_a_fact_is_named_there_and_in_its_bucket(
    stored: Stored,
) -> None:
    await stored.analytics["payment_facts"].update_one(
        {"_id": "pay-00123"}, {"$inc": {"amount_minor": -1}}
    )
    found = await stored.differences()
    assert found.count == 2
    assert found.named[0] == "transaction pay-00123: amount_minor is 861, its fact says 860"
    assert found.named[1].startswith("bucket 2025-10-04 JPY CREATED credit-cards web (partition 3)")


@pytest.mark.parametrize("field", ["amount_minor", "count"])
async def test_one_unit_planted_in_a_bucket_is_named(stored: Stored, field: str) -> None:
    bucket = await stored.analytics["kpi_buckets"].find_one_and_update(
        {"status": "PAID"}, {"$inc": {field: 1}}
    )
    assert bucket is not None
    found = await stored.differences()
    assert found.count == 1
    assert f"{bucket['day']} {bucket['currency']} PAID" in found.named[0]


@pytest.mark.parametrize(
    ("part", "status", "named"),
    [
        ("provider.nexi", "PAID", "provider nexi"),
        ("type.DIRECT", "PAID", "type DIRECT"),
        ("refunded", "PARTIALLY_REFUNDED", "refunded"),
        ("failure_code.%", "FAILED", "failure_code"),
        ("failure_code.card%2Edeclined", "FAILED", "failure_code card.declined"),
        ("provider.n%25o%2Ebody", "PAID", "provider n%o.body"),
    ],
)
@pytest.mark.parametrize("field", ["amount_minor", "count"])
async def test_one_unit_planted_in_a_part_of_a_bucket_is_named(
    stored: Stored, part: str, status: str, named: str, field: str
) -> None:
    there = {"status": status} | ({} if "body" in part else {part: {"$exists": True}})
    other = "count" if field == "amount_minor" else "amount_minor"
    bucket = await stored.analytics["kpi_buckets"].find_one_and_update(
        there, {"$inc": {f"{part}.{field}": 1, f"{part}.{other}": 0}}
    )
    assert bucket is not None
    (difference,) = (await stored.differences()).named
    assert f"{status} {bucket['method']} web {named} (partition" in difference


@pytest.mark.parametrize(
    ("key", "change", "named"),
    [
        ("pay-00002", {"failure.code": "other"}, "failure_code is other, its fact says card.decl"),
        ("pay-00004", {"refunds.0.amount_minor": 3}, "awaiting_minor is 3, its fact says 2"),
        ("pay-00004", {"refunds.0.status": "FAILED"}, "awaiting_refunds is 0, its fact says 1"),
    ],
)
async def test_a_reason_and_an_open_refund_that_the_fact_tells_otherwise_are_named(
    stored: Stored, key: str, change: dict[str, Any], named: str
) -> None:
    await stored.transactions["transactions"].update_one({"_id": key}, {"$set": change})
    assert f"transaction {key}: {named}" in (await stored.differences()).named[0]


async def test_facts_and_buckets_that_are_not_renewed_yet_agree(stored: Stored) -> None:
    new = ("form", "failure_code", "awaiting_refunds", "awaiting_minor")
    await stored.analytics["payment_facts"].update_many({}, {"$unset": dict.fromkeys(new, 1)})
    parts = ("provider", "type", "failure_code", "refunded")
    await stored.analytics["kpi_buckets"].update_many({}, {"$unset": dict.fromkeys(parts, 1)})
    assert (await stored.differences()).named == []


async def test_what_two_partitions_count_wrong_in_opposite_ways_is_found(stored: Stored) -> None:
    for partition, by in ((0, 1), (1, -1)):
        await stored.analytics["kpi_buckets"].update_one(
            {"status": "PAID", "partition": partition}, {"$inc": {"amount_minor": by}}
        )
    assert (await stored.differences()).count == 2


async def test_a_fact_without_its_transaction_and_a_bucket_without_a_fact_are_named(
    stored: Stored,
) -> None:
    await stored.transactions["transactions"].delete_one({"_id": "pay-00200"})
    await stored.analytics["kpi_buckets"].insert_one(
        {"_id": "x", "kpi": "payments", "currency": "USD", "day": "2025-01-01", "status": "PAID"}
        | {"method": "m", "channel": "c", "partition": 0, "count": 1, "amount_minor": 5}
    )
    found = await stored.differences()
    assert found.named[0] == "fact pay-00200: there is no such transaction"
    assert found.named[1] == "context pay-00200: there is no such transaction"
    assert found.named[2].startswith("bucket 2025-01-01 USD PAID m c (partition 0): 1 payments")


@pytest.mark.parametrize(
    ("field", "value"), [("status", "FAILED"), ("currency", "EUR"), ("method", "x"), ("version", 3)]
)
async def test_every_other_field_is_compared_too(stored: Stored, field: str, value: Any) -> None:
    await stored.analytics["payment_facts"].update_one(
        {"_id": "pay-00105"}, {"$set": {field: value}}
    )
    found = await stored.differences()
    assert found.named[0].startswith(f"transaction pay-00105: {field} is ")


async def test_a_fact_on_a_wrong_day_is_named(stored: Stored) -> None:
    await stored.analytics["payment_facts"].update_one(
        {"_id": "pay-00105"}, {"$set": {"day": "2024-01-01"}}
    )
    found = await stored.differences()
    assert "its day is 2024-01-01" in found.named[0]


async def test_many_differences_are_counted_and_the_first_ones_named(stored: Stored) -> None:
    await stored.analytics["payment_facts"].update_many({}, {"$set": {"channel": "y"}})
    found = await stored.differences()
    assert len(found.named) == NAMED_MAX
    assert found.count > PAYMENTS
    assert found.lines()[-1] == f"  and {found.count - NAMED_MAX:,} more"


LATE_DAY = datetime(9999, 12, 31, tzinfo=UTC)


async def late_payment(stored: Stored, at: object = LATE_DAY) -> None:
    """A payment of the year 9999, as the contract took it once, with its fact and its bucket."""
    row = payment(PAYMENTS) | {"created_at": at}
    await stored.transactions["transactions"].insert_one(row)
    counted = fact(payment(PAYMENTS)) | {"created_at": at, "day": "9999-12-31", "partition": 0}
    await stored.analytics["payment_facts"].insert_one(counted)
    await stored.analytics["kpi_buckets"].insert_many(buckets([counted]))


async def test_a_payment_of_no_sensible_year_is_named_and_the_others_are_compared(
    stored: Stored,
) -> None:
    await late_payment(stored)
    await stored.transactions["transactions"].update_one(
        {"_id": "pay-00123"}, {"$inc": {"amount_minor": 1}}
    )
    found = await stored.differences()
    assert found.count == 2
    assert found.named[0].startswith("transaction pay-00123: amount_minor is 862")
    assert "transaction pay-00400: its Date lies in 9999-12-31" in found.named[1]
    assert "cannot be compared" in found.named[1]


@pytest.mark.parametrize(
    "at",
    [
        datetime(9999, 12, 31, 23, 30, tzinfo=UTC),
        DatetimeMS(253_402_300_800_000),
        DatetimeMS(-62_135_600_000_000),
        "2025-10-01",
        None,
    ],
    ids=["no day in Rome", "year 10000", "year 0", "a text", "nothing"],
)
async def test_a_date_in_no_calendar_is_named_and_stops_nothing(stored: Stored, at: object) -> None:
    await late_payment(stored, at)
    found = await stored.differences()
    assert any(it.startswith("fact pay-00400 cannot be compared: ") for it in found.named)
    assert not any("pay-00399" in it for it in found.named)


@pytest.mark.parametrize("field", ["amount_minor", "currency", "status", "day", "created_at"])
async def test_a_fact_that_lacks_something_is_named_and_stops_nothing(
    stored: Stored, field: str
) -> None:
    await stored.analytics["payment_facts"].update_one({"_id": "pay-00105"}, {"$unset": {field: 1}})
    found = await stored.differences()
    assert any("fact pay-00105 cannot be compared" in it for it in found.named)


@pytest.mark.parametrize("field", ["amount_minor", "count", "currency", "day"])
async def test_a_bucket_that_lacks_something_is_named_and_stops_nothing(
    stored: Stored, field: str
) -> None:
    bucket = await stored.analytics["kpi_buckets"].find_one_and_update(
        {"status": "PAID"}, {"$unset": {field: 1}}
    )
    assert bucket is not None
    found = await stored.differences()
    assert any(f"bucket {bucket['_id']} cannot be compared" in it for it in found.named)


async def test_a_bucket_past_64_bits_is_compared_to_the_minor_unit(stored: Stored) -> None:
    bucket = await stored.analytics["kpi_buckets"].find_one_and_update(
        {"status": "PAID"}, {"$inc": {"amount_minor": Decimal128(str(2**63))}}
    )
    assert bucket is not None
    (difference,) = (await stored.differences()).named
    assert f"{int(bucket['amount_minor']) + 2**63} minor units" in difference


class StillPipeline(Pipeline):
    """A pipeline in which things move for a number of looks."""

    def __init__(self, moving: int) -> None:
        self.moving = moving

    async def look(self) -> Look:
        self.moving -= 1
        return Look(lag={"log": 1} if self.moving >= 0 else {})


async def test_a_fact_that_is_late_is_waited_for_and_one_that_never_comes_is_named(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "BEHIND_LOOK_S", 0.01)
    facts = stored.analytics["payment_facts"]
    await facts.update_many({"_id": {"$in": ["pay-00001", "pay-00002"]}}, {"$inc": {"version": -1}})
    await stored.transactions["transactions"].insert_one(payment(PAYMENTS))
    verification = Verification(stored.platform, stored.client)
    seen = await verification.stored()
    assert set(seen.rows.behind) == {"pay-00001", "pay-00002", f"pay-{PAYMENTS:05d}"}
    assert verification.findings.count == 0
    await facts.update_one({"_id": "pay-00001"}, {"$inc": {"version": 1}})
    await verification.latecomers(seen, StillPipeline(moving=3))
    assert verification.findings.named == [
        "transaction pay-00002: version is 2, its fact says 1",
        f"transaction pay-{PAYMENTS:05d}: it has no fact",
        f"transaction pay-{PAYMENTS:05d}: checkout-rules has no context of it",
    ]
