"""`payops verify --wait` on real servers: when it goes on, and what it says when it does not."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from payops_contracts.topics import SUBSCRIPTIONS, Subscription, Topic
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.deadlines import eventually
from payops_local.errors import PlatformError
from payops_local.kafka_logs import kafka_logs
from payops_local.platform import Platform
from payops_local.verifying import command, draining
from payops_local.verifying.command import run
from payops_local.verifying.draining import Pipeline
from payops_testing.local.stored_payments import (
    PAYMENTS,
    Stored,
    stored_payments,
)


@pytest.fixture
async def stored(mongo_uri: str, kafka_address: str, tmp_path: Path) -> AsyncIterator[Stored]:
    async with stored_payments(mongo_uri, kafka_address, tmp_path) as all_of_it:
        yield all_of_it


@pytest.fixture
def no_health(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    answers: dict[str, Any] = {}

    async def health(_self: Pipeline, _http: Any, service: str) -> Any:
        return answers.get(service, {"consumers": []})

    monkeypatch.setattr(Pipeline, "_health", health)
    return answers


async def drained_rows(stored: Stored) -> None:
    async with kafka_logs(stored.platform.kafka) as logs:
        for each in SUBSCRIPTIONS:
            db, topic = stored.of(each.service), each.topic.name
            for tp, log in (await logs.bounds(logs.partitions(topic))).items():
                await db["positions"].replace_one(
                    {"_id": f"{each.group}/{topic}/{tp.partition}"},
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
        assert await pipeline.drained(deadline_s=60) is None

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
        assert await pipeline.drained(deadline_s=60) is None


async def test_waiting_for_services_of_which_none_runs_ends_early(
    stored: Stored,
    no_health: dict[str, Any],
    kafka_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    no_health.update({each.service: {} for each in SUBSCRIPTIONS})
    monkeypatch.setattr(draining, "DOWN_LIMIT_S", 0.0)
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        assert await pipeline.drained(deadline_s=60) is None
        await stored.analytics["outbox"].insert_one({"messages": []})
        left = await pipeline.drained(deadline_s=60)
    assert sorted(str(left).split("; ")) == [
        "analytics does not run",
        "analytics's outbox is not empty",
        "billing-debits does not run",
        "checkout-rules does not run",
        "subscriptions does not run",
        "transactions does not run",
    ]


async def test_records_in_partitions_that_are_added_while_it_waits_are_waited_for(
    stored: Stored, no_health: dict[str, Any], kafka_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"grown-{uuid4().hex[:12]}"
    topic = Topic(name, ("test",), "key", "nothing", None, partitions=1)
    monkeypatch.setattr(draining, "SUBSCRIPTIONS", (Subscription(topic, "transactions"),))
    await ensure_topics(kafka_address, [topic])
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        assert await pipeline.drained(deadline_s=60) is None
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
        await admin.start()
        await admin.create_partitions({name: NewPartitions(2)})
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=kafka_address, metadata_max_age_ms=200)
        await producer.start()
        await eventually(lambda: producer.partitions_for(name), until=lambda seen: len(seen) == 2)
        await producer.send_and_wait(name, b"x", partition=1)
        await producer.stop()
        look = await eventually(pipeline.look, until=lambda seen: not seen.empty)
        assert str(look) == f"{name} → transactions 1 behind"


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
        assert await pipeline.drained(deadline_s=60) is None


async def test_aborted_records_are_no_lag_and_an_open_transaction_is_no_truncated_log(
    stored: Stored, no_health: dict[str, Any], kafka_address: str
) -> None:
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    row = {"_id": "transactions/upstream.payments/1"}
    positions = stored.transactions["positions"]
    producer = AIOKafkaProducer(bootstrap_servers=kafka_address, transactional_id=uuid4().hex)
    await producer.start()
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        await producer.begin_transaction()
        for _ in range(150):
            await producer.send("upstream.payments", b"x", partition=1)
        await producer.flush()
        assert await pipeline.drained(deadline_s=60) is None
        # As a consumer stands that read on before it read committed records only.
        await positions.update_one(row, {"$inc": {"next": 150}})
        assert await pipeline.drained(deadline_s=60) is None
        await positions.update_one(row, {"$inc": {"next": 1}})
        assert "past the log's end" in str(await pipeline.drained(deadline_s=0))
        await positions.update_one(row, {"$inc": {"next": -151}})
        await producer.abort_transaction()
        assert await pipeline.drained(deadline_s=60) is None
    await producer.stop()


async def test_a_place_that_retention_has_overtaken_is_named_and_kafka_is_not_blamed(
    stored: Stored, no_health: dict[str, Any], kafka_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"cut-{uuid4().hex[:12]}"
    topic = Topic(name, ("test",), "key", "nothing", None, partitions=1)
    monkeypatch.setattr(draining, "SUBSCRIPTIONS", (Subscription(topic, "transactions"),))
    await ensure_topics(kafka_address, [topic])
    row_id = f"transactions/{name}/0"
    await stored.transactions["positions"].insert_one({"_id": row_id, "next": 1, "last": None})
    producer = AIOKafkaProducer(bootstrap_servers=kafka_address)
    await producer.start()
    for _ in range(5):
        await producer.send_and_wait(name, b"x", partition=0)
    await producer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await admin.start()
    await admin.delete_records({TopicPartition(name, 0): RecordsToDelete(before_offset=3)})
    await admin.close()
    async with kafka_logs(kafka_address) as logs:
        pipeline = Pipeline(stored.platform, logs, stored.client)
        await pipeline.look()  # the second look at a place that stands would read there
        assert str(await pipeline.look()) == (
            f"{row_id} says 1, but the log starts at 3: offsets were removed before they were read"
        )


async def test_verify_says_that_the_gateway_is_silent_after_it_compared_what_is_stored(
    stored: Stored,
    no_health: dict[str, Any],
    kafka_address: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Platform, "token", lambda *_: "token")
    monkeypatch.setattr(command, "GATEWAY_LIMIT_S", 1.5)
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    args = argparse.Namespace(wait=True, deadline=30.0)
    assert await run(args, stored.platform) == 1
    said = capsys.readouterr()
    assert f"transactions {PAYMENTS}, facts {PAYMENTS}" in said.out
    assert "The gateway does not answer" in said.err


async def test_a_gateway_that_is_being_restarted_is_waited_for(
    stored: Stored,
    no_health: dict[str, Any],
    kafka_address: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str] = []

    async def asked(_platform: Platform, paths: Any) -> list[Any]:
        tries.extend(path for path, _ in paths)
        if len(tries) < 3:
            raise PlatformError("The gateway does not answer yet.")
        return []

    monkeypatch.setattr(command, "ask_each", asked)
    monkeypatch.setattr(command, "GATEWAY_EVERY_S", 0.01)
    monkeypatch.setattr(Platform, "token", lambda *_: "token")
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    assert await run(argparse.Namespace(wait=True, deadline=30.0), stored.platform) == 1
    assert tries == ["/v1/kpis/today"] * 3
    assert "The gateway does not answer" in capsys.readouterr().err  # there is none to compare


async def test_a_deadline_that_passes_says_what_is_still_on_its_way(
    stored: Stored, no_health: dict[str, Any], kafka_address: str
) -> None:
    await ensure_topics(kafka_address)
    await drained_rows(stored)
    await stored.analytics["outbox"].insert_one({"messages": []})
    with pytest.raises(PlatformError, match="s: analytics's outbox is not empty"):
        await run(argparse.Namespace(wait=True, deadline=0.0), stored.platform)
