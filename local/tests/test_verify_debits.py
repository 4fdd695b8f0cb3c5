"""`payops verify` about debits, on a real mongod: one minor unit planted anywhere is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.api.debit_presenting import (
    debit_exposure_body,
    debit_reasons_body,
    debit_success_body,
    debits_by_day_body,
    debits_by_part_body,
    debits_recovered_body,
    repeated_failures_body,
)
from analytics.consumers import ChargeFacts
from analytics.domain.debit_facts import BY_BATCH, BY_NUMBER
from analytics.domain.reporting_days import ReportingZone
from analytics.store.debit_reads import MongoDebitReads
from analytics.store.debits import DebitStore
from analytics.use_cases.read_debits import (
    ATTEMPTS_BY_BATCH,
    ATTEMPTS_BY_DAY,
    ATTEMPTS_BY_NUMBER,
    BY_REASON,
    MONEY_BY_DAY,
    ReadDebits,
)
from analytics.use_cases.read_kpis import Question
from analytics.use_cases.record_facts import record_facts
from billing_debits.domain.charge import Charge
from billing_debits.domain.facts import ResultKind
from billing_debits.publishing.charges import restated_message
from billing_debits.store.charges import ChargeStore
from billing_debits.store.rows import attempt_rows
from payops_contracts.charges import Rail
from payops_contracts.ids import ChargeId, DebitId
from payops_contracts.topics import CHARGES
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging import Record
from payops_kernel.mongo import Session, connect, ensure_collections, in_transaction
from payops_local.verifying.debit_answers import (
    EXPOSURE,
    OF_A_WINDOW,
    REPEATED,
    compare_debit_answer,
    days_of,
)
from payops_local.verifying.debits import Debits
from payops_local.verifying.findings import Findings
from payops_local.verifying.verification import Verification
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debit_id,
    debited,
    folded,
    result,
)
from payops_testing.local.stored_payments import ZONE, Stored, stored_payments

LIVES = 24
NO_STORE: Any = None
FACTS, BUCKETS = "charge_facts", "kpi_buckets"


def life(number: int) -> Charge:
    """A charge of its number: collected, by a retry, rejected, reversed, submitted, or new."""
    key = ChargeId(f"CH-{number:03d}")
    charge = a_charge(
        charge_id=key, created_at=at(hours=5 * number), amount_minor=100 + number,
        rate_ppm=100_000, rail=list(Rail)[number % 3],
    )  # fmt: skip
    kind = number % 6

    def told(said: ResultKind, when: float, of: int = 1) -> None:
        folded(result(said, of, at(when, 1), amount_minor=100 + number), on=charge)

    if kind:
        debited(charge, at(number), "MB-260301-0600" if number % 4 else None)
    if kind in {1, 2}:
        told(ResultKind.FAILED, number)
    if kind == 2:
        debited(charge, at(number + 2))
        told(ResultKind.SUCCEEDED, number + 2, 2)
    if kind in {3, 4}:
        told(ResultKind.SUCCEEDED, number)
    if kind == 4:
        told(ResultKind.REVERSED, number + 3)
    for attempt in charge.attempts:
        attempt.touched = True
        attempt.debit_id = DebitId(attempt.debit_id.replace(debit_id(1)[:-2], key))
    return charge


@pytest.fixture
async def stored(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Stored]:
    """Charges and attempts as billing-debits stores them, facts as its events tell them."""
    async with stored_payments(mongo_uri, kafka_address, tmp_path) as all_of_it:
        billing, handler = all_of_it.of("billing-debits"), ChargeFacts(NO_STORE, zone())
        documents = ChargeStore({"charges": NO_STORE})
        charges = [life(number) for number in range(LIVES)]
        await billing["charges"].insert_many([documents.to_document(each) for each in charges])
        await billing["charges"].insert_one({"_id": "CH-000-parked", "version": 0})
        await billing["debit_attempts"].insert_many(
            [row for charge in charges for row in attempt_rows(charge)]
        )
        told = [restated_message(charge, at(30), "x").value for charge in charges]
        facts = [
            handler.decode(Record(CHARGES.name, place % 4, 0, 0, b"k", value, ())).fact
            for place, value in enumerate(told)
        ]
        mongo = connect(mongo_uri, all_of_it.platform.database("analytics"))
        await ensure_collections(mongo.db, MongoDebitReads.indexes)

        async def body(session: Session) -> None:
            await record_facts(DebitStore(mongo.db).within(session), facts)

        await in_transaction(mongo, body, deadline_seconds=30)
        mongo.close()
        yield all_of_it


def zone() -> ReportingZone:
    return ReportingZone(ZONE)


async def test_what_agrees_has_no_difference_and_is_counted(stored: Stored) -> None:
    verification = Verification(stored.platform, stored.client)
    seen = await verification.stored()
    assert verification.findings.named == []
    attempts = sum(len(life(number).attempts) for number in range(LIVES))
    assert (seen.debits.charges, seen.debits.facts, seen.debits.attempts) == (
        LIVES, LIVES, attempts
    )  # fmt: skip
    assert seen.debit_buckets > 10


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("amount_minor", "amount_minor is 102, its fact says 101"),
        ("tax_minor", "tax_minor is 10, its fact says 9"),
        ("collected_minor", "collected_minor is 1, its fact says 0"),
        ("outstanding_minor", "outstanding_minor is 102, its fact says 101"),
    ],
)
async def test_one_minor_unit_planted_in_a_charge_is_named(
    stored: Stored, field: str, named: str
) -> None:
    charges = stored.of("billing-debits")["charges"]
    await charges.update_one({"_id": "CH-001"}, {"$inc": {field: 1}})
    assert (await stored.differences()).named == [f"charge CH-001: {named}"]


async def test_an_attempt_that_its_fact_tells_otherwise_is_named(stored: Stored) -> None:
    attempts = stored.of("billing-debits")["debit_attempts"]
    await attempts.update_one({"_id": "CH-001-1"}, {"$set": {"failure_code": "R99"}})
    await attempts.delete_one({"_id": "CH-003-1"})
    found = await stored.differences()
    assert found.named[0] == (
        "debit CH-001-1 of charge CH-001: failure_code is R99, its fact says insufficient_funds"
    )
    assert found.named[1] == "debit CH-003-1 of charge CH-003: number is None, its fact says 1"


async def test_one_minor_unit_planted_in_a_fact_is_named_there_and_in_its_bucket(
    stored: Stored,
) -> None:
    await stored.analytics[FACTS].update_one({"_id": "CH-001"}, {"$inc": {"tax_minor": 1}})
    charge, bucket = (await stored.differences()).named
    assert charge == "charge CH-001: tax_minor is 9, its fact says 10"
    assert "tax (partition 1): 1 of 9 minor units, the facts say 1 of 10" in bucket


@pytest.mark.parametrize(
    "part", ["charged.%", "number_failed.1", "batch_attempts.%", "returnable.ACH", "reason.new"]
)
@pytest.mark.parametrize("field", ["amount_minor", "count"])
async def test_one_unit_planted_in_a_part_of_a_bucket_is_named(
    stored: Stored, part: str, field: str
) -> None:
    there = {"kpi": "debits"} | ({} if "new" in part else {part: {"$exists": True}})
    other = "count" if field == "amount_minor" else "amount_minor"
    planted = await stored.analytics[BUCKETS].update_one(
        there, {"$inc": {f"{part}.{field}": 1, f"{part}.{other}": 0}}
    )
    assert planted.matched_count == 1
    (difference,) = (await stored.differences()).named
    assert f" {part.partition('.')[0]} " in difference


async def test_a_charge_without_a_fact_waits_and_a_fact_without_a_charge_is_named(
    stored: Stored,
) -> None:
    await stored.of("billing-debits")["charges"].delete_one({"_id": "CH-002"})
    await stored.analytics[FACTS].update_one({"_id": "CH-005"}, {"$inc": {"version": -1}})
    verification = Verification(stored.platform, stored.client)
    seen = await verification.stored()
    assert verification.findings.named == ["charge fact CH-002: there is no such charge"]
    assert set(seen.debits.behind) == {"CH-005"}


async def _answers(stored: Stored, mongo_uri: str) -> tuple[dict[str, Any], Debits]:
    """What analytics answers about all days, and the recount."""
    verification = Verification(stored.platform, stored.client)
    debits = (await verification.stored()).debits
    mongo = connect(mongo_uri, stored.platform.database("analytics"))
    reads = ReadDebits(MongoDebitReads(mongo.db), zone(), DrivenClock(at(31)))
    first, last = days_of(debits)[0], days_of(debits)[-1]
    days = (at() - timedelta(days=2)).date(), (at(60)).date()
    assert days[0].isoformat() <= first <= last <= days[1].isoformat()
    question = Question(None, *days)
    bodies = {
        "/v1/kpis/debits-by-day": debits_by_day_body(await reads.about(question, MONEY_BY_DAY)),
        "/v1/kpis/debit-success": debit_success_body(await reads.about(question, ATTEMPTS_BY_DAY)),
        "/v1/kpis/debits-by-retry": debits_by_part_body(
            BY_NUMBER, await reads.about(question, ATTEMPTS_BY_NUMBER)
        ),
        "/v1/kpis/debits-by-batch": debits_by_part_body(
            BY_BATCH, await reads.about(question, ATTEMPTS_BY_BATCH)
        ),
        "/v1/kpis/debits-by-failure-reason": debit_reasons_body(
            await reads.about(question, BY_REASON)
        ),
        "/v1/kpis/debits-recovered": debits_recovered_body(
            await reads.about(question, ATTEMPTS_BY_NUMBER)
        ),
        REPEATED: repeated_failures_body(await reads.repeated(question, 2), 2),
        EXPOSURE: debit_exposure_body(await reads.exposure(None)),
    }
    mongo.close()
    for body in bodies.values():
        for each in ("from", "to"):
            if "window" in body:
                body["window"][each] = body["window"][each].isoformat()
    bodies[EXPOSURE]["at"] = bodies[EXPOSURE]["at"].isoformat()
    return bodies, debits


def _named(path: str, body: Any, debits: Debits) -> list[str]:
    findings = Findings()
    compare_debit_answer(path, body, debits, findings)
    return findings.named


async def test_answers_agree_and_one_planted_in_any_of_them_is_named(
    stored: Stored, mongo_uri: str
) -> None:
    bodies, debits = await _answers(stored, mongo_uri)
    assert {*OF_A_WINDOW, EXPOSURE, REPEATED} == set(bodies)
    for path, body in bodies.items():
        assert _named(path, body, debits) == [], path
        (row,) = body["currencies"]
        lists = ("lines", "days", "parts", "reasons", "rails", "repeats")
        told = next(row[each] for each in lists if each in row)[0]
        told = told.get("total", told)
        told["amount_minor"] += 1
        (difference,) = _named(path, body, debits)
        assert path in difference
        told["amount_minor"] -= 1
        if path != EXPOSURE:
            next(row[each] for each in lists if each in row).clear()
            assert _named(path, body, debits) != [], path
    assert debits.zone == ZoneInfo(ZONE)
