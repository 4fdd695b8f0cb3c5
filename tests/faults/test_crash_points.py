"""``kill -9`` at every crash point that the code names; none is left out."""

from collections.abc import Sequence
from functools import partial

import pytest

from payops_kernel.faults import CRASH_POINTS
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.points import named_in_sources
from payops_testing.faultlab.relays import reading_what_waits, slow_reads, steal_lease
from payops_testing.faultlab.stories import killed_at
from payops_testing.faultlab.upstream import Outgoing, records
from payops_testing.parcels.under_fault import PARCELS_SERVICE

PAYMENTS = 300
CHAINS = 3
LEASE_LOST = "relay.lease_lost"
THIEF_SECONDS = 120.0
"""Until the process has died of it, however long that takes."""
POISON = [Outgoing(b'{"specversion": "1.0"', b"broken"), Outgoing(None, b"nothing")]


def test_every_crash_point_in_the_code_is_listed_and_every_listed_one_is_in_the_code() -> None:
    assert named_in_sources() == set(CRASH_POINTS)


def test_every_listed_crash_point_belongs_to_a_family_that_some_test_kills_at() -> None:
    # consumer and relay: here; command: test_command_crashes.py. Each takes all of its family.
    assert {point.partition(".")[0] for point in CRASH_POINTS} == {"consumer", "relay", "command"}


@pytest.mark.faults
@pytest.mark.servers
@pytest.mark.timeout(1_800)
async def test_a_kill_at_any_point_loses_nothing_and_repeats_nothing(lanes: Lanes) -> None:
    points = [point for point in CRASH_POINTS if point.startswith(("consumer.", "relay."))]
    points.remove(LEASE_LOST)
    chains = [points[number::CHAINS] for number in range(CHAINS)]
    cases: dict[str, Case] = {" > ".join(chain): partial(_killed_at, chain) for chain in chains}
    cases[LEASE_LOST] = _killed_after_its_lease_was_lost
    await lanes.run(cases, PARCELS_SERVICE)


async def _killed_at(points: Sequence[str], arena: Arena) -> None:
    findings = await killed_at(arena, points, PAYMENTS, POISON)
    told = len(arena.service.events(PAYMENTS))
    assert (findings.payments, findings.history_rows) == (PAYMENTS, told)
    assert findings.dead_letters == len(POISON) * len(points)


async def _killed_after_its_lease_was_lost(arena: Arena) -> None:
    events = arena.service.events(PAYMENTS)
    doomed = await arena.start(fault=LEASE_LOST)
    slow_reads(arena)
    await arena.publish(records(events))
    await reading_what_waits(arena)
    steal_lease(arena, THIEF_SECONDS)
    await arena.crashed(doomed)
    arena.fail_command("off")
    steal_lease(arena, 0)  # nobody waits here until it has run out
    arena.launch()
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
