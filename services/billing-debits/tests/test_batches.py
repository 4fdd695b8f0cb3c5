"""Debit batches on real servers: built, sealed, submitted, answered, cancelled."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from random import randint
from uuid import uuid4

import pytest

from billing_debits import bootstrap
from billing_debits.settings import Settings
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing.callers import ClientOf
from payops_testing.billing_debits.batches import Batches
from payops_testing.billing_debits.builders import START
from payops_testing.billing_debits.upstream import Json, event, seen, tell
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

FAILURE = {"failure": {"code": "insufficient_funds", "message": "No money"}}


@pytest.fixture
async def batches(
    kafka_address: str, mongo_uri: str, client_of: ClientOf
) -> AsyncIterator[Batches]:
    """The service as it runs, collecting by batches."""
    await ensure_topics(kafka_address)
    own = f"batches_{uuid4().hex[:8]}_"
    settings = Settings(kafka=kafka_address, mongo=mongo_uri, database_prefix=own)
    # Codes are of the minute: no two tests of one broker have the same.
    clock = DrivenClock(START + timedelta(days=randint(1, 20_000)))
    app = built(bootstrap, settings, clock).http_app("test", "test")
    async with app.router.lifespan_context(app), client_of(app, UserRole.OPERATOR) as client:
        yield Batches(settings, client, clock)
    mongo = connect(mongo_uri, settings.database(bootstrap.SERVICE))
    await drop_database(mongo)
    mongo.close()


def chained(members: list[tuple[str, int]]) -> str:
    """The digest of members, told apart from the service's own."""
    digest = ""
    for charge_id, amount in sorted(members):
        digest = sha256(f"{digest}{charge_id} {amount}\n".encode()).hexdigest()
    return digest


async def test_a_batch_is_previewed_sealed_submitted_and_its_rate_grows_with_every_result(
    batches: Batches,
) -> None:
    unpaid = await batches.raise_charges(3)
    limit = await batches.raise_charges(1, "LIMIT_EXCEED")
    preview = await batches.preview()
    (planned,) = preview["batches"]
    assert (preview["count"], preview["refused"]) == (4, [])
    assert (planned["unpaid_minor"], planned["spending_limit_minor"]) == (103 + 203 + 303, 103)
    (made,) = (await batches.confirm(preview)).json()["batches"]
    code = made["batch_code"]
    assert re.fullmatch(r"MB-\d{6}-1000(-\d+)?", code)
    sealed = await batches.batch(code, "SEALED")
    assert sealed["drafted"] == sealed["sealed"]
    assert sealed["sealed"]["total_minor"] == 712
    members = [*zip(unpaid, (103, 203, 303), strict=True), (limit[0], 103)]
    assert sealed["digest"] == chained(members)
    assert sealed["success_rate"] is None
    taken = await batches.charge(unpaid[0])
    assert (taken["overview"]["batch_code"], taken["overview"]["status"]) == (code, "PENDING")

    assert (await batches.act(code, "submission")).status_code == 202
    submitted = await batches.batch(code, "SUBMITTED", submitted=4)
    assert submitted["success_rate"] == "0.00%"
    whole = await batches.submission(code)
    assert (whole["count"], whole["sum_minor"]) == (4, 712)
    assert whole["digest"] == sealed["digest"]
    assert (await batches.asked(unpaid[0]))["batch_code"] == code

    await batches.answer(unpaid[:1], "succeeded")
    one = await batches.batch(code, resolved=1)
    assert (one["success_rate"], one["success_by_value"]) == ("25.00%", "14.47%")
    assert one["returnable_minor"] == 103
    await batches.answer(unpaid[1:2], "failed", **FAILURE)
    await batches.answer(limit, "succeeded")
    three = await batches.batch(code, resolved=3)
    assert (three["success_rate"], three["progress"]["failed"]) == ("50.00%", 1)
    await batches.told(code, "acknowledged", 4, 712)
    await batches.told(code, "processed", 4, 712)
    processed = await batches.batch(code, "PROCESSED")
    assert processed["acknowledged"]["agrees"]
    assert processed["processed"]["agrees"]
    await _results_after_processed(batches, code, unpaid, limit[0])


async def _results_after_processed(
    batches: Batches, code: str, unpaid: list[str], limit: str
) -> None:
    batches.clock.advance(timedelta(minutes=15))
    lost = await seen(batches.client, unpaid[2], "TEMP_REJECTED")
    assert lost["overview"]["failed_reason"] == "Batch processed but charge result not found"
    assert lost["retries"]["retry_count"] == "0 of 3"
    assert (await batches.batch(code, unknown=1))["success_rate"] == "50.00%"
    await batches.answer(unpaid[2:], "succeeded")
    await seen(batches.client, unpaid[2], "FINALIZED")
    assert (await batches.batch(code, resolved=4))["success_rate"] == "75.00%"
    await batches.answer(unpaid[:1], "reversed")
    gone = await batches.batch(code, reversed=1)
    assert (gone["success_rate"], gone["progress"]["reversed_minor"]) == ("75.00%", 103)
    assert gone["returnable_minor"] == 303 + 103
    rows = await batches.client.get(f"/v1/debit-batches/{code}/charges")
    here = {row["charge_id"]: (row["result"], row["status"]) for row in rows.json()["items"]}
    assert here == {
        unpaid[0]: ("REVERSED", "TEMP_REJECTED"),
        unpaid[1]: ("TEMP_REJECTED", "TEMP_REJECTED"),
        unpaid[2]: ("FINALIZED", "FINALIZED"),
        limit: ("FINALIZED", "FINALIZED"),
    }
    for asked in ({"q": code}, {"batch_code": code}, {"q": str(gone["batch_id"])}):
        found = (await batches.client.get("/v1/debit-batches", params=asked)).json()["items"]
        assert (code, "75.00%") in [(row["batch_code"], row["success_rate"]) for row in found]
    batches.clock.advance(timedelta(days=120))  # a card's window
    assert (await batches.batch(code))["returnable_minor"] == 0


async def test_a_set_that_changed_since_its_preview_is_refused_with_the_difference(
    batches: Batches,
) -> None:
    ids = await batches.raise_charges(3)
    preview = await batches.preview()
    await tell(
        batches.settings, UPSTREAM_CHARGES.name, [event("charge.withdrawn", ids[1], reason="No")]
    )
    await seen(batches.client, ids[1], "WITHDRAWN")
    refused = await batches.confirm(preview)
    assert (refused.status_code, refused.json()["code"]) == (409, "debit_batch_set_changed")
    assert refused.json()["gone"] == [ids[1]]
    answer = (await batches.confirm(preview, accept_removals=True)).json()
    assert (answer["left_out"], answer["batches"][0]["count"]) == (1, 2)
    sealed = await batches.batch(answer["batches"][0]["batch_code"], "SEALED")
    assert sealed["sealed"]["count"] == 2


async def test_of_two_builders_at_once_each_charge_is_in_one_batch_and_sums_are_exact(
    batches: Batches,
) -> None:
    ids = await batches.raise_charges(6)
    one, other = await asyncio.gather(batches.preview(), batches.preview())
    answers = await asyncio.gather(batches.confirm(one), batches.confirm(other))
    codes = [a.json()["batches"][0]["batch_code"] for a in answers if a.status_code == 202]
    assert len(set(codes)) == len(codes)
    ends = [await _over(batches, code) for code in codes]
    assert sum(each["taken_in"] for each in ends) == len(ids)
    left = [sum(it["count"] for it in each["left_out"]) for each in ends]
    assert all(n["drafted"]["count"] == n["taken_in"] + m for n, m in zip(ends, left, strict=True))
    sums = {each["batch_code"]: 0 for each in ends}
    for each in ids:
        charge = await batches.charge(each)
        assert len(charge["overview"]["batch_codes"]) == 1
        sums[charge["overview"]["batch_code"]] += charge["money"]["amount_minor"]
    assert {n["batch_code"]: (n["sealed"] or {"total_minor": 0})["total_minor"] for n in ends} == (
        sums
    )


async def _over(batches: Batches, code: str) -> Json:
    found = await batches.batch(code)
    while found["status"] not in {"SEALED", "CANCELLED"}:
        found = await batches.batch(code)
    return found


async def test_what_is_withdrawn_in_a_sealed_batch_is_not_debited_and_totals_say_so(
    batches: Batches,
) -> None:
    ids = await batches.raise_charges(3)
    code = await batches.built()
    before = await batches.batch(code)
    await tell(
        batches.settings, UPSTREAM_CHARGES.name, [event("charge.withdrawn", ids[0], reason="No")]
    )
    await seen(batches.client, ids[0], "WITHDRAWN")
    await batches.act(code, "submission")
    after = await batches.batch(code, "SUBMITTED", submitted=2)
    assert after["digest"] == before["digest"]
    assert (after["sealed"]["total_minor"], after["excluded_minor"]) == (609, 103)
    assert [each["charge_id"] for each in after["excluded"]] == [ids[0]]
    assert after["success_rate"] == "0.00%"
    assert (await batches.submission(code))["sum_minor"] == 506
    assert (await batches.charge(ids[0]))["attempts"] == []


async def test_a_cancelled_batch_frees_its_charges_and_is_never_submitted(
    batches: Batches,
) -> None:
    ids = await batches.raise_charges(2)
    code = await batches.built()
    cancelled, submitted = await asyncio.gather(
        batches.act(code, "cancellation", reason="Wrong cycle"), batches.act(code, "submission")
    )
    assert sorted([cancelled.status_code, submitted.status_code]) == [202, 409]
    again = await batches.act(code, "cancellation", reason="Again")
    assert again.status_code == 409
    if cancelled.status_code == 409:
        return
    await batches.batch(code, "CANCELLED")
    preview = await batches.preview()
    while preview["count"] < len(ids):
        preview = await batches.preview()
    (made,) = (await batches.confirm(preview)).json()["batches"]
    await batches.batch(made["batch_code"], "SEALED")
    codes = (await batches.charge(ids[0]))["overview"]["batch_codes"]
    assert codes == [code, made["batch_code"]]


async def test_what_is_due_at_a_fixed_time_is_collected_once_however_long_a_batch_stays_open(
    batches: Batches,
) -> None:
    held = await batches.raise_charges(2)
    open_ = await batches.built()
    ids = await batches.raise_charges(2)
    await batches.scheduled()
    batches.clock.advance(timedelta(hours=8))  # 18:00
    code = (await seen(batches.client, ids[0], "SUBMITTED"))["overview"]["batch_code"]
    await seen(batches.client, ids[1], "SUBMITTED")
    batch = await batches.batch(code, "SUBMITTED")
    assert (batch["origin"], batch["created_by"]) == ("SCHEDULE", None)
    batches.clock.advance(timedelta(days=2))  # four fixed times later
    await batches.scheduled()
    await batches.raise_charges(1)
    batches.clock.advance(timedelta(hours=12))
    await asyncio.gather(*(seen(batches.client, each, "TEMP_REJECTED") for each in ids))
    for each in held:
        charge = await batches.charge(each)
        assert charge["overview"]["batch_codes"] == [open_]
        assert charge["attempts"] == []
    assert (await batches.batch(open_))["status"] == "SEALED"


async def test_a_retry_goes_into_a_batch_when_it_is_due_and_not_before(batches: Batches) -> None:
    (charge_id,) = await batches.raise_charges(1)
    code = await batches.built()
    await batches.act(code, "submission")
    await seen(batches.client, charge_id, "SUBMITTED")
    await batches.answer([charge_id], "failed", **FAILURE)
    rejected = await seen(batches.client, charge_id, "TEMP_REJECTED")
    tomorrow = batches.clock.now() + timedelta(days=1)
    assert rejected["retries"]["next_retry_at"] == f"{tomorrow:%Y-%m-%d}T18:00:00Z"  # due at 10:00
    early = await batches.preview()
    assert (early["count"], early["refused"][0]["reason"]) == (
        0,
        f"Its next retry is due on {tomorrow:%d %b %Y}.",
    )
    batches.clock.advance(timedelta(hours=23))
    await batches.scheduled()
    batches.clock.advance(timedelta(minutes=59))  # a minute early is in time
    due = await batches.preview(retries_only=True)
    assert due["count"] == 1
    (made,) = (await batches.confirm(due, submit_when_sealed=True)).json()["batches"]
    again = await seen(batches.client, charge_id, "SUBMITTED")
    assert [each["batch_code"] for each in again["attempts"]] == [code, made["batch_code"]]
