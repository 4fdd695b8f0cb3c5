"""A log that is not the one that was read before: loud refusal, the operator's way on."""

import re
from functools import partial
from typing import Any

import pytest

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import delete_records, fresh_topics
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.upstream import payments, records

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 120
REFUSAL_SECONDS = 40.0


async def _refusal(process: ServiceProcess) -> dict[str, Any]:
    """The health of a process once it refuses a log."""

    async def look() -> dict[str, Any] | None:
        process.require_running()
        body = await process.health()
        return body if body and body["consumers"] and body["consumers"][0]["refused"] else None

    body: dict[str, Any] | None = await eventually(look, REFUSAL_SECONDS)
    assert body is not None
    assert not body["ready"]
    told = " ".join(body["reasons"])
    assert "./payops reposition transactions upstream.payments --partition" in told
    assert "Nothing was skipped" in told
    return body


async def _go_on(arena: Arena, starts: dict[int, int]) -> None:
    """The operator's command for every partition: from the log's start, which lies here."""
    said = await arena.payops("reposition", "transactions", arena.entrance, "--yes")
    for partition, start in starts.items():
        assert re.search(rf"{arena.entrance}/{partition}: \d+ -> {start} ", said), said
    await arena.processes[-1].ready()


@pytest.mark.timeout(1_800)
async def test_a_log_other_than_the_one_read_is_refused_until_the_operator_decides(
    lanes: Lanes,
) -> None:
    lengths = {"shorter": 0.5, "as long": 1.0, "longer": 2.0}
    cases: dict[str, Case] = {
        f"made anew, {name}, while the service is {'up' if up else 'down'}": partial(
            _made_anew, share, up
        )
        for name, share in lengths.items()
        for up in (True, False)
    }
    cases["offsets removed before they were read"] = _removed_unread
    cases["truncated"] = _truncated
    cases["a removed part that was read: no refusal, it goes on where it stood"] = (
        _removed_when_read
    )
    await lanes.run(cases)


async def _removed_unread(arena: Arena) -> None:
    events = payments(PAYMENTS)
    half = len(events) // 2
    first = await arena.start()
    await arena.publish(records(events[:half]))
    await arena.drained()
    assert await first.stop() == 0
    stood_at = arena.positions()
    applied = await arena.upstream_log()
    await arena.publish(records(events[half:]))
    cut = {partition: place + 3 for partition, place in stood_at.items()}
    await delete_records(arena.kafka.address, arena.entrance, cut)
    second = await arena.start_unready()
    await _refusal(second)
    assert arena.positions() == stood_at
    await _go_on(arena, cut)
    assert (await arena.verdict(earlier=applied)).dead_letters == 0


async def _removed_when_read(arena: Arena) -> None:
    events = payments(PAYMENTS)
    half = len(events) // 2
    first = await arena.start()
    await arena.publish(records(events[:half]))
    await arena.drained()
    assert await first.stop() == 0
    applied = await arena.upstream_log()
    await arena.publish(records(events[half:]))
    await delete_records(arena.kafka.address, arena.entrance, arena.positions())
    await arena.start()
    findings = await arena.verdict(earlier=applied)
    assert findings.history_rows == len(events)


async def _made_anew(share: float, running: bool, arena: Arena) -> None:
    events = payments(PAYMENTS)
    process = await arena.start()
    await arena.publish(records(events))
    before = await arena.verdict()
    applied = await arena.upstream_log()
    stood_at = arena.positions()
    if not running:
        assert await process.stop() == 0
    await fresh_topics(arena.kafka.address, [UPSTREAM_PAYMENTS])
    others = payments(int(PAYMENTS * share), seed=77)
    await arena.publish(records(others))
    refusing = process if running else await arena.start_unready()
    await _refusal(refusing)
    assert arena.positions() == stood_at
    assert set(arena.stored()) == {event["subject"] for event in events}
    await _go_on(arena, dict.fromkeys(stood_at, 0))
    findings = await arena.verdict(earlier=applied)
    assert findings.history_rows == before.history_rows + len(others)


async def _truncated(arena: Arena) -> None:
    events = payments(PAYMENTS)
    first = await arena.start()
    await arena.publish(records(events))
    await arena.drained()
    assert await first.stop() == 0
    stood_at = arena.positions()
    await fresh_topics(arena.kafka.address, [UPSTREAM_PAYMENTS])
    await arena.publish(records(events[: len(events) // 2]))  # the same records, fewer of them
    applied = [*records(events)]
    second = await arena.start_unready()
    await _refusal(second)
    assert arena.positions() == stood_at
    await arena.publish(applied[len(events) // 2 :])
    await _go_on(arena, dict.fromkeys(stood_at, 0))
    assert (await arena.verdict()).history_rows == len(events)
