"""Duplicates, replays and disorder: each upstream event counts once, whatever the log does."""

import json
import random
from dataclasses import replace

import pytest

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.money_back import lives
from payops_testing.faultlab.upstream import Outgoing, records

pytestmark = [pytest.mark.faults, pytest.mark.servers, pytest.mark.timeout(1_800)]

PAYMENTS = 250
PARTITIONS = 4
KEYS = [None, b"", b"somebody-else", b"\xff\xfe"]


def _twice(facts: list[Outgoing]) -> list[Outgoing]:
    """Each fact twice at once, and once more when all have been told."""
    return [fact for fact in facts for _ in range(2)] + facts


def _shuffled(facts: list[Outgoing]) -> list[Outgoing]:
    """In any order and in any partition: refunds and disputes before their payments, too."""
    chance = random.Random(7)
    chance.shuffle(facts)
    return [fact.at(chance.randrange(PARTITIONS)) for fact in facts]


def _under_wrong_keys(facts: list[Outgoing]) -> list[Outgoing]:
    return [f.under(KEYS[n % 7]) if n % 7 < len(KEYS) else f for n, f in enumerate(facts)]


def _contradicted(facts: list[Outgoing]) -> list[Outgoing]:
    """Every fifth fact comes again when all have been told, twice, with another amount."""
    return facts + [_saying_otherwise(fact) for fact in facts[::5] for _ in range(2)]


def _saying_otherwise(fact: Outgoing) -> Outgoing:
    event = json.loads(fact.value or b"")
    data = event.get("data", event)  # in binary mode the value is the data
    data["amount_minor"] += 1
    return replace(fact, value=json.dumps(event).encode())


async def test_facts_told_twice_shuffled_or_under_wrong_keys_count_once_and_so_do_replays(
    arena: Arena,
) -> None:
    disorders = {
        "TWICE": _twice,
        "SHUFFLED": _shuffled,
        "KEYS": _under_wrong_keys,
        "OTHER": _contradicted,
    }
    told = {name: lives(PAYMENTS, prefix=name) for name in disorders}
    process = await arena.start()
    for name, disorder in disorders.items():
        await arena.publish(disorder(records(told[name])))
    before = await arena.verdict()
    assert before.payments == PAYMENTS * len(disorders)
    kept = len(told["OTHER"][::5])
    assert before.history_rows == before.events == sum(map(len, told.values())) + kept
    assert before.dead_letters == 0
    stored = arena.stored()

    # The whole topic again, from its start.
    assert await process.stop() == 0
    for partition in range(PARTITIONS):
        arena.reposition(partition, 0)
    process = await arena.start()
    assert await arena.verdict() == before

    # A group that knows no position; what Kafka holds as committed still stands at the end.
    assert await process.stop() == 0
    arena.database["positions"].delete_many({})
    await arena.start()
    assert await arena.verdict() == before
    assert arena.stored() == stored
