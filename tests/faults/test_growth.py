"""Topics that are given more partitions while they are written and read."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from payops_contracts.topics import SUBSCRIPTIONS
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_local.places import CHECKOUT
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import grow, send
from payops_testing.faultlab.checker.logs import log_ends
from payops_testing.faultlab.lag import LagWitness
from payops_testing.faultlab.lanes import Lanes
from payops_testing.faultlab.operators import Operator
from payops_testing.faultlab.service import ANALYTICS, TRANSACTIONS, ServiceUnderFault
from payops_testing.faultlab.upstream import Outgoing, payments, records

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 700
NEW = (4, 5)
PARTITIONS = 6
READ_SECONDS = 10.0
"""New partitions are read within this."""
SEEN_SECONDS = 6.0
FOLLOWER = CHECKOUT / "examples/follow_transactions.py"
UNREAD = 60
DEAD = tuple(each.dead_letter_topic for each in SUBSCRIPTIONS)
BAD_VALUE = 2
"""A code that no driver retries by itself; the label says that the transaction may be."""


@pytest.mark.timeout(1_800)
async def test_topics_may_grow_under_traffic(lanes: Lanes, operator: Operator) -> None:
    await lanes.run(
        {
            "all topics grow while two members and analytics read": partial(
                _growing, operator=operator
            ),
            "new partitions that cannot be read yet are reported": partial(
                _unread, operator=operator
            ),
            "dead letters in new partitions": _dead_letters,
            "a consumer of somebody else, as the example has it": _example,
        }
    )


async def _growing(arena: Arena, operator: Operator) -> None:
    events = payments(PAYMENTS)
    address = arena.kafka.address
    first = await arena.start()
    analytics = await arena.start(ANALYTICS)
    second = await arena.start()
    reading = LagWitness(arena, first, operator)
    counting = LagWitness(arena, analytics, operator)
    async with reading.watching(), counting.watching(), arena.load(events, pause=0.06):
        await eventually(lambda: arena.applied() > len(events) // 5, READ_SECONDS * 3)
        await asyncio.gather(_grows(arena, TRANSACTIONS), _grows(arena, ANALYTICS))
    await arena.drained()
    # Long enough for the last numbers to be compared with a topic at rest.
    await eventually(lambda: _says(counting, 0), SEEN_SECONDS)
    for witness in (reading, counting):
        witness.judge()
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    assert findings.dead_letters == 0
    for process in (first, second, analytics):
        process.require_running()  # growth is no reason to start anew
    for topic in (TRANSACTIONS.reads, ANALYTICS.reads):
        ends = await log_ends(address, topic)
        assert all(ends[number] for number in NEW), f"{topic}: nothing in the new ones: {ends}"


async def _grows(arena: Arena, service: ServiceUnderFault) -> None:
    """Its topic has more partitions; each is read soon after its first record."""
    topic = service.reads
    await grow(arena.kafka.address, [topic], PARTITIONS)
    grown_at = time.monotonic()
    first = await eventually(
        lambda: _ends_of_new(arena, topic), READ_SECONDS, until=lambda ends: all(ends.values())
    )
    left = READ_SECONDS - (time.monotonic() - grown_at) / SLOW_MACHINE
    await eventually(lambda: _read(arena, service, first), left)


async def _ends_of_new(arena: Arena, topic: str) -> Mapping[int, int]:
    ends = await log_ends(arena.kafka.address, topic)
    return {number: ends[number] for number in NEW}


async def _example(arena: Arena) -> None:
    """It sees what a run from the beginning sees."""
    await arena.start()
    await arena.publish(records(payments(20)))
    await arena.drained()
    with _following(arena) as told:
        await eventually(told.lines, READ_SECONDS)
        await grow(arena.kafka.address, [ANALYTICS.reads], PARTITIONS)
        seeds = count(2)

        async def told_in_new_ones() -> bool:
            await arena.publish(records(payments(20, seed=next(seeds))))
            await arena.drained()
            return all((await _ends_of_new(arena, ANALYTICS.reads)).values())

        await eventually(told_in_new_ones, READ_SECONDS, every=1.0)
        once = await asyncio.to_thread(_example_once, arena)
        await eventually(lambda: told.lines()[-1] == once, READ_SECONDS)


@dataclass(frozen=True)
class _Told:
    file: Path

    def lines(self) -> list[str]:
        return self.file.read_text("utf-8").splitlines()


@contextmanager
def _following(arena: Arena) -> Iterator[_Told]:
    told = _Told(Path(tempfile.mkdtemp()) / "told.txt")
    with told.file.open("wb") as out:
        follower = subprocess.Popen(
            [sys.executable, str(FOLLOWER)], stdout=out, env=_environment(arena)
        )
    try:
        yield told
    finally:
        follower.kill()
        follower.wait()


def _example_once(arena: Arena) -> str:
    done = subprocess.run(
        [sys.executable, str(FOLLOWER), "--once"],
        capture_output=True, text=True, check=True, env=_environment(arena), timeout=180,
    )  # fmt: skip
    return done.stdout.strip()


def _environment(arena: Arena) -> dict[str, str]:
    return {**os.environ, "PAYOPS_KAFKA": arena.kafka.address}


def _read(arena: Arena, service: ServiceUnderFault, ends: Mapping[int, int]) -> bool:
    stands = arena.positions(service)
    return all(stands.get(number, 0) >= end for number, end in ends.items())


async def _says(witness: LagWitness, lag: int) -> bool:
    return set((await witness.look()).said.values()) == {lag}


async def _unread(arena: Arena, operator: Operator) -> None:
    """Slices cannot commit: what lies in old and new partitions is counted to the record."""
    process = await arena.start()
    await arena.publish(records(payments(50)))
    await arena.drained()
    witness = LagWitness(arena, process, operator)
    arena.fail_command(
        "alwaysOn",
        failCommands=["update"],
        namespace=f"{arena.database.name}.positions",
        errorCode=BAD_VALUE,
        errorLabels=["TransientTransactionError"],
    )
    await grow(arena.kafka.address, [arena.entrance], PARTITIONS)
    waiting = records(payments(UNREAD, seed=2))
    await arena.publish([each.at(NEW[n % 2]) for n, each in enumerate(waiting)])
    await eventually(lambda: _says(witness, len(waiting)), SEEN_SECONDS)
    assert arena.positions().keys() == set(range(PARTITIONS))
    arena.fail_command("off")
    await eventually(lambda: _says(witness, 0), READ_SECONDS)
    assert (await arena.verdict()).payments == 50 + UNREAD
    process.require_running()


async def _dead_letters(arena: Arena) -> None:
    """They are spread over what the topic has."""
    await arena.start()
    await arena.publish(records(payments(10)))
    await arena.drained()
    await grow(arena.kafka.address, [*DEAD, arena.entrance], PARTITIONS)
    bad = [Outgoing(b"{", f"key-{number}".encode()) for number in range(UNREAD)]

    async def seen_by_the_relay() -> bool:
        await send(arena.kafka.address, arena.entrance, bad)
        await arena.drained()
        return all((await _ends_of_new(arena, DEAD[0])).values())

    await eventually(seen_by_the_relay, READ_SECONDS, every=1.0)
    await arena.verdict()
