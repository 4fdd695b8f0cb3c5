"""Analytics through the same faults: each payment counts once, whatever happens on the way."""

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import DOMAIN, Arena
from payops_testing.faultlab.broker import send
from payops_testing.faultlab.checker.logs import LogRecord, read_logs
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.money_back import lives
from payops_testing.faultlab.upstream import Event, Outgoing, records

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 200
POINTS = (
    "consumer.after_load",
    "consumer.after_fold",
    "consumer.before_commit",
    "consumer.after_commit",
)
RECOVERY_SECONDS = 90.0
HELD_UP_SECONDS = 20.0
"""Good records behind a poison are counted within this."""
PARTITIONS = 4
NEST = 20_000
HEADER_BYTES = 500_000


@pytest.mark.timeout(900)
async def test_whatever_happens_on_the_way_each_payment_counts_once(lanes: Lanes) -> None:
    cases: dict[str, Case] = {
        "everything killed at once": _everything_killed_at_once,
        "poison among the domain events": _poisoned,
        "all domain events counted again from the start": _counted_again_from_the_start,
    }
    # The kernel's points between these are tried with transactions, the service's own are here.
    chains = [POINTS[:2], POINTS[2:]]
    cases |= {f"killed at {' > '.join(chain)}": partial(_killed_at, chain) for chain in chains}
    await lanes.run(cases)


async def _killed_at(points: Sequence[str], arena: Arena) -> None:
    """Each process takes over from one that died, and dies at the next point itself."""
    events = lives(PAYMENTS)
    portions = [events[number :: len(points) + 1] for number in range(len(points) + 1)]
    arena.launch()
    for point, portion in zip(points, portions, strict=False):
        # Analytics emits nothing, but its slices pass the same points.
        doomed = arena.launch("analytics", fault=f"{point}:2")
        await arena.publish(records(portion))
        await arena.crashed(doomed)
    arena.launch("analytics")
    await arena.publish(records(portions[-1]))
    assert (await arena.verdict()).payments == PAYMENTS


async def _counted_again_from_the_start(arena: Arena) -> None:
    events = lives(PAYMENTS)
    analytics = await arena.start("analytics")
    await arena.start()
    await arena.publish(records(events))
    await arena.verdict()
    before = arena.counted()
    assert await analytics.stop() == 0
    arena.rewind(DOMAIN, "analytics")
    await arena.start("analytics")
    await arena.verdict()
    assert arena.counted() == before


async def _everything_killed_at_once(arena: Arena) -> None:
    events = lives(PAYMENTS * 2)
    half = len(events) // 2
    before = [arena.launch(), arena.launch("analytics")]
    async with arena.load(events[:half]):
        await eventually(lambda: arena.applied() > half // 4, RECOVERY_SECONDS)
    for process in before:
        process.kill()
    await asyncio.gather(arena.mongo.akill(), arena.kafka.akill())
    await asyncio.gather(arena.mongo.astart(), arena.kafka.astart())
    for service in ("transactions", "analytics"):
        arena.launch(service)
    await arena.publish(records(events[half:]))
    findings = await arena.verdict(deadline=RECOVERY_SECONDS)
    assert findings.payments == PAYMENTS * 2


def _poison(event: Event, good: LogRecord) -> list[Outgoing]:
    """Records that are no domain event; ``good`` is the one that each was made of."""
    value = good.value or b""

    def changed(**changes: Any) -> bytes:
        return json.dumps({**event, **changes}).encode()

    def data(**changes: Any) -> bytes:
        return changed(data={**event["data"], **changes})

    values = [
        value[:-20],
        b"",
        None,
        value.replace(b'"PAID"', b'"P\xffID"').replace(b'"CREATED"', b'"CR\xffATED"'),
        b"[1, 2, 3]",
        b"[" * NEST + b"]" * NEST,
        changed(type="payops.transaction.exploded.v1"),
        changed(sequence=None),
        changed(sequence="7"),
        changed(subject="somebody-else"),
        data(status="EXPLODED"),
        data(amount_minor="12"),
        data(amount_minor=-1),
        data(total_refunded_minor=12.5),
        data(created_at="2026-02-30T10:00:00Z"),
        data(currency="XYZ"),
    ]
    poison = [Outgoing(each, good.key) for each in values]
    huge = (("h", b"v" * HEADER_BYTES), ("\N{SNOWMAN}", None), ("", b"\xff\xfe"))
    return [*poison, Outgoing(b"{", good.key, huge), Outgoing(None, None)]


async def _poisoned(arena: Arena) -> None:
    events = lives(PAYMENTS)
    half = len(events) // 2
    analytics = await arena.start("analytics")
    await arena.start()
    await arena.publish(records(events[:half]))
    await arena.verdict()
    told = (await read_logs(arena.kafka.address, [DOMAIN]))[DOMAIN].records
    good = [next(r for r in told if r.partition == n) for n in range(PARTITIONS)]
    # In each partition, under the key of a payment, before what is told next.
    spoilt = [
        poison.at(record.partition)
        for record in good
        for poison in _poison(json.loads(record.value or b""), record)
    ]
    await send(arena.kafka.address, DOMAIN, spoilt)
    await arena.publish(records(events[half:]))
    await arena.drained(HELD_UP_SECONDS)
    findings = await arena.verdict(strangers=len(spoilt))
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    health = await analytics.health()
    assert health is not None
    assert health["ready"]
    assert health["dead_letters_total"] == len(spoilt)
