"""Duplicates, replays and disorder: each upstream event counts once, whatever the log does."""

import random

import pytest
from faultlab.arena import Arena
from faultlab.upstream import payments, records

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 250
PARTITIONS = 4


async def test_every_upstream_event_twice_changes_nothing(arena: Arena) -> None:
    events = payments(PAYMENTS)
    at_once = [record for record in records(events) for _ in range(2)]
    await arena.start()
    await arena.publish(at_once)
    await arena.publish(records(events))
    findings = await arena.verdict()
    assert findings.payments == PAYMENTS
    assert findings.history_rows == findings.events == len(events)
    assert findings.dead_letters == 0


async def test_the_whole_topic_replayed_from_its_start_changes_nothing(arena: Arena) -> None:
    events = payments(PAYMENTS)
    await arena.start()
    await arena.publish(records(events))
    before = await arena.verdict()
    stored = arena.stored()
    assert await arena.processes[0].stop() == 0
    for partition in range(PARTITIONS):
        arena.reposition(partition, 0)
    await arena.start()
    assert await arena.verdict() == before
    assert arena.stored() == stored


async def test_a_new_group_that_knows_no_position_reads_from_the_start(arena: Arena) -> None:
    events = payments(PAYMENTS)
    await arena.publish(records(events))
    await arena.start()
    before = await arena.verdict()
    assert await arena.processes[0].stop() == 0
    arena.database["positions"].delete_many({})  # Kafka's committed offsets still stand at the end
    await arena.start()
    assert await arena.verdict() == before
    assert before.history_rows == len(events)


async def test_events_out_of_order_and_across_partitions_fold_to_the_same_state(
    arena: Arena,
) -> None:
    events = payments(PAYMENTS)
    shuffled = list(events)
    chance = random.Random(7)
    chance.shuffle(shuffled)
    await arena.start()
    await arena.publish([r.at(chance.randrange(PARTITIONS)) for r in records(shuffled)])
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    assert findings.dead_letters == 0


async def test_wrong_and_missing_keys_cost_speed_and_never_correctness(arena: Arena) -> None:
    events = payments(PAYMENTS)
    keys = [None, b"", b"somebody-else", b"\xff\xfe"]
    wrong = [r.under(keys[n % 7]) if n % 7 < 4 else r for n, r in enumerate(records(events))]
    await arena.start()
    await arena.publish(wrong)
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    assert findings.dead_letters == 0
