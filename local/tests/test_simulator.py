"""The simulated hub: its timelines are valid, plausible, the same for the same seed, never
twice.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from payops_contracts.labels import METHOD, PROVIDER
from payops_contracts.registry import validate
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.deadlines import eventually
from payops_local.event_publisher import EventPublisher
from payops_local.servers import KafkaServer
from payops_local.simulator import words
from payops_local.simulator.__main__ import scenarios
from payops_local.simulator.aftermath import Aftermath
from payops_local.simulator.customers import Customers
from payops_local.simulator.hub import CATCH_UP_S, CHUNK_EVENTS, Hub, tell
from payops_local.simulator.payments import PaymentScenario, run_name
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.settings import SimulatorSettings

START = 1_760_000_000.0
DEADLINE_S = 90.0
pytestmark = pytest.mark.timeout(900)
AFTERMATH = Aftermath(1, external_refund=0.02, dispute=0.02)


def timelines(count: int, seed: int = 1, start: float = START, rate: float = 5.0) -> list[Any]:
    scenario = PaymentScenario(Customers(seed, 100), rate, seed, AFTERMATH)
    return [told for _, told in islice(scenario.timelines(start, Random(f"{seed}/{start}")), count)]


@pytest.fixture(scope="module")
def many() -> list[list[Telling]]:
    return timelines(3_000)


def first_data(timeline: list[Telling]) -> dict[str, Any]:
    data: dict[str, Any] = timeline[0].event["data"]
    return data


def test_every_event_is_valid_by_its_contract(many: list[list[Telling]]) -> None:
    for timeline in many[:1_000]:
        for telling in timeline:
            validate(orjson.dumps(telling.event))


def test_items_add_up_to_the_amount(many: list[list[Telling]]) -> None:
    for data in map(first_data, many):
        assert data["amount_minor"] == sum(item["amount_minor"] for item in data["items"])


def test_only_pairs_that_exist_and_have_a_label_are_used(many: list[list[Telling]]) -> None:
    pairs = {(data["provider"], data["method"]) for data in map(first_data, many)}
    assert pairs <= set(words.PAIRS.things)
    assert set(words.SUBSCRIPTION_PAIRS.things) <= set(words.PAIRS.things)
    assert set(words.LINK_PAIRS.things) <= set(words.PAIRS.things)
    assert {provider for provider, _ in pairs} <= PROVIDER.keys()
    assert {method for _, method in pairs} <= METHOD.keys()


def test_everything_that_a_hub_shows_is_seen(many: list[list[Telling]]) -> None:
    data = [first_data(timeline) for timeline in many]
    ends = Counter(told.event["type"].split(".")[2] for timeline in many for told in timeline)
    assert ends["paid"] > 5 * ends["failed"] > 0
    assert ends["pending"] > 0
    assert {each["type"] for each in data} == set(words.TYPES.things)
    assert {each["currency"] for each in data} == set(words.CURRENCIES.things)
    assert all(("link" in each) == (each["type"] == "PAY_BY_LINK") for each in data)
    assert all(("subscription_id" in each) == (each["type"] == "SUBSCRIPTION") for each in data)
    assert len({each["user"]["id"] for each in data}) <= 100
    assert any("name" not in each["user"] for each in data)
    assert any(each["amount_minor"] == 0 for each in data)


def test_some_events_are_told_twice_and_some_out_of_order(many: list[list[Telling]]) -> None:
    ids = [[told.event["id"] for told in timeline] for timeline in many]
    assert any(len(set(timeline)) < len(timeline) for timeline in ids)
    assert any(sorted(timeline) != timeline for timeline in ids)


def test_the_same_seed_and_start_tell_the_same_and_another_start_never_does() -> None:
    assert timelines(50) == timelines(50)
    one, other = timelines(50), timelines(50, start=START + 0.001)
    assert not {first_data(s)["transaction_id"] for s in one} & {
        first_data(s)["transaction_id"] for s in other
    }
    assert run_name(1, START) != run_name(2, START) != run_name(-2, START)


def test_the_rate_is_kept_and_nothing_is_told_before_its_time() -> None:
    hub = Hub({"payments": PaymentScenario(Customers(1, 10), 20.0, 1, AFTERMATH)}, 1, START)
    assert hub.due(START) == []
    told: list[Telling] = []
    for second in range(1, 101):
        some = hub.due(START + second)
        assert all(telling.at <= START + second for telling in some)
        told += some
    created = {t.event["id"] for t in told if t.event["type"].endswith("created.v1")}
    assert 1_600 < len(created) < 2_400


def test_rate_zero_tells_nothing() -> None:
    hub = Hub({"payments": PaymentScenario(Customers(1, 10), 0.0, 1, AFTERMATH)}, 1, START)
    assert hub.due(START + 1_000) == []


def test_beside_a_history_payments_come_every_twenty_seconds_for_ten_minutes() -> None:
    beside = SimulatorSettings(simulator_history_days=730)
    payments = {"payments": scenarios(beside, START)["payments"]}
    hub = Hub(payments, 1, START)
    begins = [
        datetime.fromisoformat(told.event["time"]).timestamp() - START
        for minute in range(60)
        for told in hub.due(START + 60 * minute)
        if told.event["type"].endswith("created.v1")
    ]
    assert 20 <= len(begins) <= 45
    assert 540 < max(begins) <= 600


def test_after_a_long_silence_only_the_last_part_is_caught_up_with_and_no_event_is_told_twice() -> (
    None
):
    hub = Hub({"payments": PaymentScenario(Customers(1, 10), 500.0, 1, AFTERMATH)}, 1, START)
    now = START + 3_600
    told: list[Telling] = []
    while some := hub.due(now):
        assert len(some) <= CHUNK_EVENTS
        told += some
    created = Counter(t.event["id"] for t in told if t.event["type"].endswith("created.v1"))
    assert len(created) == pytest.approx(500 * CATCH_UP_S, rel=0.1)
    assert max(created.values()) <= 2


async def read_all(kafka: str, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        parts = [TopicPartition(topic, n) for n in range(UPSTREAM_PAYMENTS.partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        values: list[bytes] = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                values += [record.value for record in records if record.value]
        return values
    finally:
        await consumer.stop()


@pytest.mark.faults
async def test_a_broker_that_restarts_interrupts_the_hub_and_does_not_end_it(
    kafka_server: KafkaServer,
) -> None:
    await ensure_topics(kafka_server.address)
    start = round(time.time(), 3)
    hub = Hub({"payments": PaymentScenario(Customers(1, 10), 50.0, 1, AFTERMATH)}, 1, start)
    publisher = EventPublisher(kafka_server.address, patience_s=2.0)
    stopping = asyncio.Event()
    await publisher.start(UPSTREAM_PAYMENTS.name)
    telling = asyncio.create_task(tell(hub, publisher, stopping))
    try:
        await eventually(lambda: publisher.published > 20)
        await kafka_server.akill()
        await kafka_server.astart()
        seen = publisher.published
        await eventually(lambda: publisher.published > seen + 100)
    finally:
        stopping.set()
        await asyncio.wait_for(telling, DEADLINE_S)
        await publisher.close()
    own = [v for v in await read_all(kafka_server.address, UPSTREAM_PAYMENTS.name) if b"SIM-" in v]
    assert len(own) >= publisher.published


async def test_the_process_tells_and_ends_in_order_on_sigterm(kafka_address: str) -> None:
    await ensure_topics(kafka_address)
    before = len(await read_all(kafka_address, UPSTREAM_PAYMENTS.name))
    env = {**os.environ, "PAYOPS_KAFKA": kafka_address, "PAYOPS_SIMULATOR_RATE": "40"}
    command = [sys.executable, "-m", "payops_local.simulator"]
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=subprocess.PIPE)

    async def told() -> int:
        return len(await read_all(kafka_address, UPSTREAM_PAYMENTS.name)) - before

    try:
        await eventually(told, DEADLINE_S, until=lambda count: count >= 20)
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    assert process.returncode == 0
    assert b"simulator.stopped" in said


def test_a_senseless_setting_is_one_sentence() -> None:
    env = {**os.environ, "PAYOPS_SIMULATOR_RATE": "-1"}
    command = [sys.executable, "-m", "payops_local.simulator"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("payops: PAYOPS_SIMULATOR_RATE makes no sense")
    assert len(done.stderr.splitlines()) == 1
