"""The days that PayOps itself collects: which charges, at which fixed times, by whose clock."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from payops_contracts.charges import ChargeType
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_kernel.messaging.topics import ensure_topics
from payops_local.connections import MongoClient
from payops_local.driven_clock import SERVICE, DrivenClock, begin_past
from payops_local.event_publisher import EventPublisher
from payops_local.simulator.commands import asked_at
from payops_local.simulator.debits import Asked, DebitScenario, DebitShares
from payops_local.simulator.driven_past import DrivenPast, steps, tellings
from payops_local.simulator.ends import Ends
from payops_local.simulator.playing import Days, Stage, history_of
from payops_local.simulator.playing_notice import PlayingNotice
from payops_local.simulator.readers import Readers
from payops_local.simulator.responder import Responder
from payops_local.simulator.rhythm import DAY_S
from payops_local.simulator.told_until import Told

NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC).timestamp()
TOLD = Told(
    seed=1, customers=500, zone="Europe/Rome", per_day=1.0, days=90, anchor=NOW, until=0.0,
    driven_from=NOW - 61 * DAY_S,
)  # fmt: skip
CHARGES = history_of(TOLD).charges


def test_every_charge_is_told_once_either_as_the_past_or_driven() -> None:
    driven = {each.event["subject"] for each in tellings(CHARGES)}
    days = Days(history_of(TOLD), TOLD.until)
    past: set[str] = set()
    while chunk := list(days.due(NOW)):
        days.told()
        past |= {it.event["subject"] for it in chunk if it.topic == UPSTREAM_CHARGES.name}
    assert driven
    assert past
    assert not driven & past
    every = {
        telling.event["subject"]
        for day in _days()
        for _, story in CHARGES.stories(day)
        for telling in story
        if telling.at <= NOW
    }
    assert driven | past >= every


def _days() -> list[date]:
    history = history_of(TOLD)
    first = history.rhythm.day(NOW - 61 * DAY_S)
    return [first.fromordinal(first.toordinal() + number) for number in range(62)]


def test_driven_charges_are_pending_for_payops_some_hundred_of_both_types() -> None:
    told = tellings(CHARGES)
    raised = [each for each in told if each.event["type"] == "upstream.charge.raised.v1"]
    assert not any("initial_attempt" in each.event["data"] for each in raised)
    kinds = Counter(each.event["data"]["type"] for each in raised)
    assert 40 < kinds[ChargeType.END_OF_BILLING_CYCLE] < 120
    assert 120 < kinds[ChargeType.LIMIT_EXCEED] < 250
    assert told == sorted(told)


def test_steps_are_fixed_times_of_the_zone_within_the_days_and_few() -> None:
    found = steps(CHARGES)
    walls = {f"{datetime.fromtimestamp(at, CHARGES.rhythm.zone):%H:%M}" for at in found}
    assert walls == {"06:00", "18:00"}
    assert TOLD.driven_from is not None
    assert TOLD.driven_from < found[0] < found[-1] < NOW
    assert 20 < len(found) < 60
    assert steps(history_of(replace(TOLD, driven_from=None)).charges) == []


def test_a_command_was_given_at_its_business_time() -> None:
    assert asked_at(b'{"time": "2026-05-20T15:30:00Z"}', 5_000) == NOW
    for value in (None, b"", b"[]", b'{"time": 7}', b'{"time": "soon"}'):
        assert asked_at(value, 5_000) == 5.0


async def test_only_a_service_that_has_never_run_begins_in_the_past(mongo_uri: str) -> None:
    prefix = f"past_{uuid4().hex[:8]}_"
    clock = DrivenClock(mongo_uri, prefix)
    try:
        await asyncio.to_thread(begin_past, mongo_uri, prefix, 61)
        stands = await clock.stands_at()
        assert stands is not None
        assert abs(stands - (time.time() - 61 * DAY_S)) < 60
        await clock.stand_at(NOW)
        await asyncio.to_thread(begin_past, mongo_uri, prefix, 61)  # a restart goes on
        stands = await clock.stands_at()
        assert stands is not None
        assert abs(stands - NOW) < 60
        await asyncio.to_thread(begin_past, mongo_uri, prefix, 0)  # without a demo it is real
        assert await clock.stands_at() is None
        with MongoClient[dict[str, object]](mongo_uri) as client:
            client[f"{prefix}{SERVICE.replace('-', '_')}"]["charges"].insert_one({})
            client[f"{prefix}platform"]["platform"].delete_many({})
        await asyncio.to_thread(begin_past, mongo_uri, prefix, 61)
        assert await clock.stands_at() is None
    finally:
        await clock.close()
        with MongoClient[dict[str, object]](mongo_uri) as client:
            for name in (f"{prefix}platform", f"{prefix}{SERVICE.replace('-', '_')}"):
                client.drop_database(name)


@pytest.mark.parametrize("driven_from", [None, TOLD.driven_from])
async def test_at_the_end_the_clock_is_real_and_the_notice_gone(
    driven_from: float | None, mongo_uri: str, kafka_address: str, tmp_path: Path
) -> None:
    prefix = f"past_{uuid4().hex[:8]}_"
    await asyncio.to_thread(begin_past, mongo_uri, prefix, 61)
    clock, publisher = DrivenClock(mongo_uri, prefix), EventPublisher(kafka_address, 5.0)
    await clock.stand_at(NOW - 60)  # all steps are behind it
    await ensure_topics(kafka_address)
    await publisher.start(UPSTREAM_CHARGES.name)
    notice = PlayingNotice(tmp_path / "notice.json")
    stage = Stage(publisher, Readers(), notice, asyncio.Event(), Ends())
    processor: Responder[Asked] = Responder(DebitScenario(1, DebitShares()))
    try:
        played = DrivenPast(clock, publisher, processor, stage)
        await played.play(replace(TOLD, driven_from=driven_from))
        assert await clock.stands_at() is None
        assert notice.read() is None
    finally:
        await publisher.close()
        await clock.close()
        with MongoClient[dict[str, object]](mongo_uri) as client:
            client.drop_database(f"{prefix}platform")
