"""`payops verify` about subscriptions, on a real mongod: one unit planted anywhere is named."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.api.subscription_presenting import (
    subscriptions_by_day_body,
    subscriptions_by_status_body,
)
from analytics.consumers import SubscriptionFacts
from analytics.domain.reporting_days import ReportingZone
from analytics.store.subscription_reads import MongoSubscriptionReads
from analytics.store.subscriptions import SubscriptionStore as Facts
from analytics.use_cases.read_kpis import Question
from analytics.use_cases.read_subscriptions import ReadSubscriptions
from analytics.use_cases.record_facts import record_facts
from payops_contracts.subscriptions import Interval
from payops_contracts.topics import SUBSCRIPTION_EVENTS
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging import Record
from payops_kernel.mongo import Session, connect, ensure_collections, in_transaction
from payops_local.verifying.findings import Findings
from payops_local.verifying.subscription_answers import (
    BY_DAY,
    BY_STATUS,
    compare_subscription_answer,
    days_of,
)
from payops_local.verifying.subscriptions import Subscriptions, month_of
from payops_local.verifying.verification import Verification
from payops_testing.local.stored_payments import ZONE, Stored, stored_payments
from payops_testing.subscriptions.builders import UTC_RULES
from payops_testing.subscriptions.lives import LIVES, life
from subscriptions.publishing.subscriptions import restated_message
from subscriptions.store.subscriptions import SubscriptionStore

NO_STORE: Any = None
NOW = datetime(2026, 4, 15, 10, tzinfo=UTC)
FACTS, BUCKETS = "subscription_facts", "kpi_buckets"
IDS = [f"SUB-{name}" for name in LIVES]


@pytest.fixture
async def stored(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Stored]:
    """Subscriptions as their service stores them, facts as its events tell them."""
    async with stored_payments(mongo_uri, kafka_address, tmp_path) as all_of_it:
        owner, handler = all_of_it.of("subscriptions"), SubscriptionFacts(NO_STORE, zone())
        documents = SubscriptionStore({"subscriptions": NO_STORE}, UTC_RULES)
        lives = [
            life(name, currency="USD", amount_minor=1_001 + number)
            for number, name in enumerate(LIVES)
        ]
        await owner["subscriptions"].insert_many([documents.to_document(each) for each in lives])
        await owner["subscriptions"].insert_one({"_id": "SUB-parked", "version": 0})
        told = [restated_message(each, NOW, "x", UTC_RULES).value for each in lives]
        facts = [
            handler.decode(Record(SUBSCRIPTION_EVENTS.name, place % 4, 0, 0, b"k", value, ())).fact
            for place, value in enumerate(told)
        ]
        mongo = connect(mongo_uri, all_of_it.platform.database("analytics"))
        await ensure_collections(mongo.db, MongoSubscriptionReads.indexes)

        async def body(session: Session) -> None:
            await record_facts(Facts(mongo.db).within(session), facts)

        await in_transaction(mongo, body, deadline_seconds=30)
        mongo.close()
        yield all_of_it


def zone() -> ReportingZone:
    return ReportingZone(ZONE)


async def test_what_agrees_has_no_difference_and_is_counted(stored: Stored) -> None:
    verification = Verification(stored.platform, stored.client)
    seen = await verification.stored()
    assert verification.findings.named == []
    ours = seen.subscriptions
    assert (ours.subscriptions, ours.facts) == (len(LIVES), len(LIVES))
    assert seen.subscription_buckets > 3
    assert {part for _, _, _, part, _ in ours.counts} == {
        "started", "ended", "standing", "end_reason"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ({"$inc": {"amount_minor": 1}}, "amount_minor is 1003, its fact says 1002"),
        ({"$set": {"status": "ON_HOLD"}}, "status is ON_HOLD, its fact says ACTIVE"),
        ({"$set": {"end_reason": "EXPIRED"}}, "end_reason is EXPIRED, its fact says None"),
        ({"$set": {"recurrence.every": 2}}, "interval_count is 2, its fact says 1"),
        ({"$unset": {"started_at": 1}}, "started_at is None, its fact says 2026"),
        ({"$set": {"ended_at": NOW}}, f"ended_at is {NOW}, its fact says None"),
    ],
)
async def test_a_subscription_that_its_fact_tells_otherwise_is_named(
    stored: Stored, planted: dict[str, Any], named: str
) -> None:
    owned = stored.of("subscriptions")["subscriptions"]
    assert (await owned.update_one({"_id": "SUB-active"}, planted)).modified_count == 1
    first = (await stored.differences()).named[0]
    assert first.startswith(f"subscription SUB-active: {named}")


async def test_one_minor_unit_planted_in_a_fact_is_named_there_and_in_its_buckets(
    stored: Stored,
) -> None:
    await stored.analytics[FACTS].update_one({"_id": "SUB-active"}, {"$inc": {"amount_minor": 1}})
    found = (await stored.differences()).named
    assert found[0] == "subscription SUB-active: amount_minor is 1002, its fact says 1003"
    assert any("started (partition 1)" in each for each in found[1:])


@pytest.mark.parametrize("part", ["started", "ended", "standing", "end_reason", "new"])
@pytest.mark.parametrize("field", ["amount_minor", "count"])
async def test_one_unit_planted_in_a_part_of_a_bucket_is_named(
    stored: Stored, part: str, field: str
) -> None:
    there = {"kpi": "subscriptions"} | ({} if part == "new" else {part: {"$exists": True}})
    bucket = await stored.analytics[BUCKETS].find_one(there)
    assert bucket is not None
    word = next(iter(bucket.get(part, {"%": 0})))
    other = "count" if field == "amount_minor" else "amount_minor"
    await stored.analytics[BUCKETS].update_one(
        {"_id": bucket["_id"]}, {"$inc": {f"{part}.{word}.{field}": 1, f"{part}.{word}.{other}": 0}}
    )
    (difference,) = (await stored.differences()).named
    assert difference.startswith("bucket subscriptions ")
    assert f" {part}" in difference


async def test_one_without_a_fact_waits_and_a_fact_of_nothing_is_named(stored: Stored) -> None:
    await stored.of("subscriptions")["subscriptions"].delete_one({"_id": "SUB-new"})
    await stored.analytics[FACTS].update_one({"_id": "SUB-active"}, {"$inc": {"version": -1}})
    verification = Verification(stored.platform, stored.client)
    seen = await verification.stored()
    assert verification.findings.named == [
        "subscription fact SUB-new: there is no such subscription"
    ]
    assert set(seen.subscriptions.behind) == {"SUB-active"}


async def _answers(stored: Stored, mongo_uri: str) -> tuple[dict[str, Any], Subscriptions]:
    """What analytics answers about days of which some had gone before, and the recount."""
    seen = (await Verification(stored.platform, stored.client).stored()).subscriptions
    mongo = connect(mongo_uri, stored.platform.database("analytics"))
    reads = ReadSubscriptions(MongoSubscriptionReads(mongo.db), zone(), DrivenClock(NOW))
    question = Question(None, date(2026, 1, 5), date(2026, 3, 31))
    assert days_of(seen)[0] < "2026-01-05" < days_of(seen)[-1] <= "2026-03-31"
    by_day = subscriptions_by_day_body(await reads.by_day(question))
    for period in ("window", "previous"):
        for each in ("from", "to"):
            by_day[period][each] = by_day[period][each].isoformat()
    bodies = {BY_DAY: by_day, BY_STATUS: subscriptions_by_status_body(await reads.by_status(None))}
    mongo.close()
    return bodies, seen


def _named(path: str, body: Any, seen: Subscriptions) -> list[str]:
    findings = Findings()
    compare_subscription_answer(path, body, seen, findings)
    return findings.named


def _numbers_in(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, each in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(each, dict | list):
            yield from _numbers_in(each, (*place, key))
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield (*place, key)


async def test_answers_agree_and_one_off_in_any_number_of_them_is_named(
    stored: Stored, mongo_uri: str
) -> None:
    bodies, seen = await _answers(stored, mongo_uri)
    for path, body in bodies.items():
        assert _named(path, body, seen) == [], path
        places = list(_numbers_in(body["currencies"]))
        assert len(places) > 20
        for place in places:
            planted = copy.deepcopy(body)
            node: Any = planted["currencies"]
            for step in place[:-1]:
                node = node[step]
            node[place[-1]] += 1
            found = _named(path, planted, seen)
            assert found, (path, place)
            assert found[0].startswith(path)
        assert _named(path, body | {"currencies": []}, seen) != []


@pytest.mark.parametrize("interval", list(Interval))
def test_a_month_is_told_by_code_of_its_own(interval: Interval) -> None:
    from analytics.domain.subscription_facts import monthly_minor

    for amount in (1, 5, 6, 999, 1_001, 10**12 + 1, 2**63 - 1):
        for count in (1, 2, 3, 7, 365):
            fact = {"amount_minor": amount, "interval": interval.value, "interval_count": count}
            assert month_of(fact) == monthly_minor(amount, interval, count)
