"""Analytics through the same faults: each payment counts once, whatever happens on the way."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import send
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import LogRecord, read_logs
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.money_back import lives
from payops_testing.faultlab.service import ANALYTICS
from payops_testing.faultlab.stories import (
    all_killed_at_once,
    killed_at,
    read_again_from_the_start,
)
from payops_testing.faultlab.upstream import Event, Outgoing, records

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 200
POINTS = ("consumer.after_load", "consumer.after_fold")
"""Those in the service's own code; the kernel's are tried with the smallest service."""
HELD_UP_SECONDS = 20.0
"""Good records behind a poison are counted within this."""
PARTITIONS = 4
NEST = 20_000
HEADER_BYTES = 500_000


@pytest.mark.timeout(1_800)
async def test_whatever_happens_on_the_way_each_payment_counts_once(lanes: Lanes) -> None:
    stories = {
        "everything killed at once": partial(all_killed_at_once, count=PAYMENTS),
        "all domain events counted again from the start": partial(
            read_again_from_the_start, count=PAYMENTS
        ),
        f"killed at {' > '.join(POINTS)}": partial(killed_at, points=POINTS, count=PAYMENTS),
    }
    cases: dict[str, Case] = {
        name: partial(_come_through, story) for name, story in stories.items()
    }
    await lanes.run({**cases, "poison among the domain events": _poisoned}, ANALYTICS)


async def _come_through(story: Callable[[Arena], Awaitable[Findings]], arena: Arena) -> None:
    assert (await story(arena)).payments == PAYMENTS


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
    *_, analytics = await arena.start_line()
    await arena.publish(records(events[:half]))
    await arena.verdict()
    told = (await read_logs(arena.kafka.address, [ANALYTICS.reads]))[ANALYTICS.reads].records
    good = [next(r for r in told if r.partition == n) for n in range(PARTITIONS)]
    # In each partition, under the key of a payment, before what is told next.
    spoilt = [
        poison.at(record.partition)
        for record in good
        for poison in _poison(json.loads(record.value or b""), record)
    ]
    await send(arena.kafka.address, ANALYTICS.reads, spoilt)
    await arena.publish(records(events[half:]))
    await arena.drained(HELD_UP_SECONDS)
    findings = await arena.verdict(strangers=len(spoilt))
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    health = await analytics.ready()
    assert health["dead_letters_total"] == len(spoilt)
