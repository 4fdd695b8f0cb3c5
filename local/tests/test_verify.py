"""`payops verify` on real servers: it agrees with what agrees, and names one minor unit planted."""

from __future__ import annotations

import argparse
import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiokafka import AIOKafkaProducer
from bson import Int64

from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.deadlines import eventually
from payops_local.connections import Client, Database, database, mongo_client
from payops_local.errors import PlatformError
from payops_local.kafka_logs import kafka_logs
from payops_local.platform import Platform
from payops_local.verifying import draining
from payops_local.verifying import verification as verifying
from payops_local.verifying.answers import Answer, compare_answer, spans, windows
from payops_local.verifying.command import run
from payops_local.verifying.draining import Look, Pipeline
from payops_local.verifying.findings import NAMED_MAX, Findings
from payops_local.verifying.recount import Recount
from payops_local.verifying.rows import Rows
from payops_local.verifying.verification import Verification

from .local_platforms import platform as platform_on

PAYMENTS = 400
ZONE = "Europe/Rome"
PARTITIONS = 4


def payment(number: int) -> dict[str, Any]:
    return {
        "_id": f"pay-{number:05d}",
        "version": 2,
        "status": ("PAID", "PAID", "FAILED", "CREATED", "PARTIALLY_REFUNDED")[number % 5],
        "amount_minor": Int64(number * 7),
        "currency": "USD" if number % 3 else "JPY",
        "method": "credit-cards" if number % 2 else "pay-pal",
        "channel": "web",
        "provider": "stripe",
        "type": "DIRECT",
        "created_at": datetime(2025, 10, 1, tzinfo=UTC) + timedelta(minutes=37 * number),
        "total_refunded_minor": Int64(0),
    }


def fact(row: dict[str, Any]) -> dict[str, Any]:
    day = row["created_at"].astimezone(ZoneInfo(ZONE)).date().isoformat()
    return {**row, "day": day, "partition": int(row["_id"][-2:]) % PARTITIONS}


def buckets(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    stored: dict[str, dict[str, Any]] = {}
    for one in facts:
        key = "/".join(
            str(one[name])
            for name in ("currency", "day", "status", "method", "channel", "partition")
        )
        bucket = stored.setdefault(
            key,
            {"_id": key, "kpi": "payments", "count": Int64(0), "amount_minor": Int64(0)}
            | {
                name: one[name]
                for name in ("currency", "day", "status", "method", "channel", "partition")
            },
        )
        bucket["count"] = Int64(bucket["count"] + 1)
        bucket["amount_minor"] = Int64(bucket["amount_minor"] + one["amount_minor"])
    return list(stored.values())


@dataclass
class Stored:
    platform: Platform
    client: Client
    transactions: Database
    analytics: Database

    async def differences(self) -> Findings:
        found = Verification(self.platform, self.client)
        seen = await found.stored()
        assert not seen.rows.behind
        return found.findings


@pytest.fixture
async def stored(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Stored]:
    prefix = f"verify_{uuid4().hex[:8]}_"
    platform = platform_on(
        tmp_path,
        kafka_address,
        mongo_uri,
        PAYOPS_DATABASE_PREFIX=prefix,
        PAYOPS_ZONE=ZONE,
    )
    async with mongo_client(mongo_uri) as client:
        transactions = database(client, f"{prefix}transactions")
        analytics = database(client, f"{prefix}analytics")
        rows = [payment(number) for number in range(PAYMENTS)]
        await transactions["transactions"].insert_many(rows)
        await transactions["transactions"].insert_one({"_id": "pay-00007-parked", "version": 0})
        await analytics["payment_facts"].insert_many([fact(row) for row in rows])
        await analytics["kpi_buckets"].insert_many(buckets([fact(row) for row in rows]))
        yield Stored(platform, client, transactions, analytics)
        await client.drop_database(transactions.name)
        await client.drop_database(analytics.name)


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
    assert found.named[1].startswith("bucket 2025-01-01 USD PAID m c (partition 0): 1 payments")


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
    ]


# The pipeline: lags, outboxes, health.


@pytest.fixture
def no_health(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    answers: dict[str, Any] = {}

    async def health(_self: Pipeline, _http: Any, service: str) -> Any:
        return answers.get(service, {"consumers": []})

    monkeypatch.setattr(Pipeline, "_health", health)
    return answers


async def drained_rows(stored: Stored) -> None:
    async with kafka_logs(stored.platform.kafka) as logs:
        for group, db, topic in (
            ("transactions", stored.transactions, "upstream.payments"),
            ("analytics", stored.analytics, "payops.transactions"),
        ):
            for tp, log in (await logs.bounds(logs.partitions(topic))).items():
                await db["positions"].replace_one(
                    {"_id": f"{group}/{topic}/{tp.partition}"},
                    {"next": log.end, "last": None},
                    upsert=True,
                )


async def test_drained_means_no_lag_no_outbox_and_no_slice_in_flight(
    stored: Stored, no_health: dict[str, Any], kafka_address: str
) -> None:
    await ensure_topics(kafka_address)
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        await drained_rows(stored)
        assert await pipeline.drained(deadline_s=10) is None

        await stored.transactions["outbox"].insert_one({"messages": []})
        assert "transactions's outbox is not empty" in str(await pipeline.drained(deadline_s=0))
        await stored.transactions["outbox"].delete_many({})

        no_health["analytics"] = {"consumers": [{"in_flight": 3, "refused": None}]}
        assert str(await pipeline.drained(deadline_s=0)) == "analytics has 3 in flight"
        no_health["analytics"] = {"consumers": [{"in_flight": 0, "refused": "Run this."}]}
        assert str(await pipeline.drained(deadline_s=0)) == "Run this."
        no_health["analytics"] = None
        assert str(await pipeline.drained(deadline_s=0)) == "analytics does not answer"
        no_health.clear()

        producer = AIOKafkaProducer(bootstrap_servers=kafka_address)
        await producer.start()
        await producer.send_and_wait("upstream.payments", b"x", partition=2)
        await producer.stop()
        look = await eventually(pipeline.look, until=lambda seen: not seen.empty)
        assert str(look) == "upstream.payments → transactions 1 behind"
        assert await pipeline.drained(deadline_s=1) is not None
        await stored.transactions["positions"].update_many({}, {"$inc": {"next": 1_000_000}})
        assert "past the log's end" in str(await pipeline.drained(deadline_s=0))
        await drained_rows(stored)
        assert await pipeline.drained(deadline_s=10) is None


async def test_waiting_for_services_of_which_none_runs_ends_early(
    stored: Stored,
    no_health: dict[str, Any],
    kafka_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    no_health.update(transactions={}, analytics={})
    monkeypatch.setattr(draining, "DOWN_LIMIT_S", 0.0)
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        assert await pipeline.drained(deadline_s=60) is None
        await stored.analytics["outbox"].insert_one({"messages": []})
        left = await pipeline.drained(deadline_s=60)
    assert str(left) == (
        "analytics's outbox is not empty; transactions does not run; analytics does not run"
    )


async def test_a_lag_of_control_records_alone_is_no_lag(
    stored: Stored, no_health: dict[str, Any], kafka_address: str
) -> None:
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_address, transactional_id=uuid4().hex)
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait("upstream.payments", b"x", partition=1)
    await producer.stop()
    positions = stored.transactions["positions"]
    await positions.update_one({"_id": "transactions/upstream.payments/1"}, {"$inc": {"next": 1}})
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        assert await pipeline.drained(deadline_s=20) is None


async def test_verify_says_that_the_gateway_is_silent_after_it_compared_what_is_stored(
    stored: Stored,
    no_health: dict[str, Any],
    kafka_address: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Platform, "token", lambda *_: "token")
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    args = argparse.Namespace(wait=True, deadline=30.0)
    assert await run(args, stored.platform) == 1
    said = capsys.readouterr()
    assert f"transactions {PAYMENTS}, facts {PAYMENTS}" in said.out
    assert "The gateway does not answer" in said.err


async def test_a_deadline_that_passes_says_what_is_still_on_its_way(
    stored: Stored, no_health: dict[str, Any], kafka_address: str
) -> None:
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    await stored.analytics["outbox"].insert_one({"messages": []})
    with pytest.raises(PlatformError, match="s: analytics's outbox is not empty"):
        await run(argparse.Namespace(wait=True, deadline=0.0), stored.platform)


# The gateway's answers.


def recount_of(rows: list[dict[str, Any]]) -> Recount:
    recount = Recount(ZoneInfo(ZONE))
    for row in rows:
        recount.add(fact(row))
    return recount


FIRST, LAST = "2025-10-01", "2025-10-02"


def daily() -> Answer:
    body = {
        "window": {"name": "custom", "from": FIRST, "to": LAST},
        "as_of": {"positions": [{"topic": "t", "partition": 0, "next": 4}]},
        "currencies": [
            {
                "currency": "USD",
                "total": {"count": 3, "amount_minor": 56},
                "days": [
                    {"day": FIRST, "count": 3, "amount_minor": 56},
                    {"day": LAST, "count": 0, "amount_minor": 0},
                ],
            }
        ],
    }
    query = {"window": "custom", "from": FIRST, "to": LAST}
    return Answer("/v1/kpis/daily-payments", query, body)


def by_status() -> Answer:
    shares = {"CREATED": (0, 0, 0.0), "PAID": (2, 28 + 0, 66.67), "FAILED": (1, 14, 33.33)}
    body = dict(daily().body) | {
        "currencies": [
            {
                "currency": "USD",
                "total": {"count": 3, "amount_minor": 42},
                "statuses": [
                    {"status": name, "count": count, "amount_minor": amount, "percentage": share}
                    for name, (count, amount, share) in shares.items()
                ],
            }
        ]
    }
    return Answer("/v1/kpis/payments-by-status", daily().query, body)


def usd(*pairs: tuple[str, int]) -> Recount:
    rows = []
    for number, (status, amount) in enumerate(pairs):
        rows.append(payment(number) | {"status": status, "amount_minor": amount, "currency": "USD"})
        rows[-1]["created_at"] = datetime(2025, 10, 1, 12, tzinfo=UTC)
    return recount_of(rows)


EURO = {"currency": "EUR", "total": {"count": 1, "amount_minor": 1}, "days": []}
DAILY_FACTS = usd(("PAID", 14), ("PARTIALLY_REFUNDED", 21), ("TOTALLY_REFUNDED", 21), ("FAILED", 9))
STATUS_FACTS = usd(("PAID", 14), ("PAID", 14), ("FAILED", 14))


@pytest.mark.parametrize(("answer", "facts"), [(daily(), DAILY_FACTS), (by_status(), STATUS_FACTS)])
def test_an_answer_that_agrees_has_no_difference(answer: Answer, facts: Recount) -> None:
    findings = Findings()
    compare_answer(answer, facts, findings)
    assert findings.lines() == []
    assert answer.positions == {0: 4}


def planted(answer: Answer, *path: Any, by: Any) -> Answer:
    body = copy.deepcopy(dict(answer.body))
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] += by
    return Answer(answer.path, answer.query, body)


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (planted(daily(), "currencies", 0, "days", 0, "amount_minor", by=1), DAILY_FACTS),
        (planted(daily(), "currencies", 0, "days", 1, "count", by=1), DAILY_FACTS),
        (planted(daily(), "currencies", 0, "total", "amount_minor", by=-1), DAILY_FACTS),
        (planted(daily(), "currencies", by=[EURO]), DAILY_FACTS),
        (planted(by_status(), "currencies", 0, "statuses", 1, "amount_minor", by=1), STATUS_FACTS),
        (planted(by_status(), "currencies", 0, "statuses", 1, "percentage", by=0.01), STATUS_FACTS),
        (planted(daily(), "window", "to", by="9"), DAILY_FACTS),
        (daily(), usd(("PAID", 1))),
    ],
)  # fmt: skip
def test_an_answer_that_differs_is_named(answer: Answer, facts: Recount) -> None:
    findings = Findings()
    compare_answer(answer, facts, findings)
    assert findings.count >= 1
    assert findings.named[0].startswith(answer.path)


def test_a_currency_that_the_gateway_leaves_out_is_named() -> None:
    answer = daily()
    empty = Answer(answer.path, answer.query, {**answer.body, "currencies": []})
    findings = Findings()
    compare_answer(empty, DAILY_FACTS, findings)
    assert findings.count == 2


class Moving(Verification):
    """A platform whose newest day moves with every recount, and whose gateway answers for USD."""

    def __init__(self, failed_minor: int) -> None:
        self.findings = Findings()
        self._platform = None  # type: ignore[assignment]  # the ask below wants none
        self.asked: list[dict[str, str]] = []
        self._recounts = 0
        self._failed_minor = failed_minor

    async def _recount(self) -> tuple[Recount, dict[int, int]]:
        self._recounts += 1
        recount = usd(("PAID", 14), ("PAID", 14), ("FAILED", self._failed_minor))
        newest = payment(1) | {"created_at": datetime(2025, 10, 9, tzinfo=UTC)}
        for _ in range(self._recounts):
            recount.add(fact(newest))
        return recount, {0: self._recounts}

    async def ask(self, _platform: Any, windows: list[dict[str, str]]) -> list[Answer]:
        self.asked += windows
        body = dict(by_status().body) | {"window": {"from": FIRST, "to": FIRST}}
        return [Answer(by_status().path, window, body) for window in windows]


@pytest.mark.parametrize("planted_minor", [0, 1])
async def test_days_that_do_not_move_are_compared_while_payments_keep_arriving(
    monkeypatch: pytest.MonkeyPatch, planted_minor: int
) -> None:
    moving = Moving(14 - planted_minor)
    monkeypatch.setattr(verifying, "ask", moving.ask)
    recount, positions = await moving._recount()
    seen = verifying.Seen(Rows(recount), positions, 0)
    assert await moving.answers(seen) == 1
    assert moving.asked[-1] == {"window": "custom", "from": FIRST, "to": FIRST}
    assert (moving.findings.count > 0) == (planted_minor > 0)
    assert moving.findings.remarks[0].startswith("payments kept arriving")
    assert f"up to {FIRST}" in moving.findings.remarks[0]


def test_windows_hold_every_day_and_none_is_too_long() -> None:
    assert list(spans([])) == []
    assert list(spans([FIRST])) == [(FIRST, FIRST)]
    assert list(spans(["2010-01-01", "2025-10-01"])) == [
        ("2010-01-01", "2018-03-19"),
        ("2018-03-20", "2025-10-01"),
    ]
    assert [window["window"] for window in windows([FIRST])] == ["ytd", "mtd", "custom"]
