"""mongod refuses, drops connections and hides outcomes, by its own fail points."""

import pytest

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.lanes import Lanes
from payops_testing.parcels.under_fault import PARCELS_SERVICE

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 500
OFTEN = {"activationProbability": 0.3}
WRITE_CONFLICT = 112
WRITE_CONCERN_TIMEOUT = 64
STEPPED_DOWN = 189


@pytest.mark.timeout(1_800)
async def test_what_mongod_refuses_breaks_or_hides_is_neither_lost_nor_repeated(
    lanes: Lanes,
) -> None:
    await lanes.run(
        {
            "transient errors on 30 % of commits": _transient_errors,
            "connections that break at 30 % of commits": _broken_connections,
            "30 % of commits with an unknown result": _unknown_results,
            "every command fails now and then": _failing_commands,
        },
        PARCELS_SERVICE,
    )


async def _holds(arena: Arena, failed_before: int) -> None:
    events = arena.service.events(PAYMENTS)
    process = await arena.start()
    async with arena.load(events):
        pass
    findings = await arena.verdict()
    assert arena.fail_command("off") > failed_before
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    assert findings.dead_letters == 0
    process.require_running()


async def _transient_errors(arena: Arena) -> None:
    failed_before = arena.fail_command(
        OFTEN,
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        errorCode=WRITE_CONFLICT,
        errorLabels=["TransientTransactionError"],
    )
    await _holds(arena, failed_before)


async def _broken_connections(arena: Arena) -> None:
    failed_before = arena.fail_command(
        OFTEN,
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        closeConnection=True,
    )
    await _holds(arena, failed_before)


async def _unknown_results(arena: Arena) -> None:
    # The command runs, so the commit is made; what comes back says that nobody knows.
    failed_before = arena.fail_command(
        OFTEN,
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        writeConcernError={"code": WRITE_CONCERN_TIMEOUT, "errmsg": "waiting timed out"},
    )
    await _holds(arena, failed_before)


async def _failing_commands(arena: Arena) -> None:
    failed_before = arena.fail_command(
        {"activationProbability": 0.1},
        failCommands=["find", "update", "insert", "findAndModify", "delete"],
        appName=arena.database.name,
        errorCode=STEPPED_DOWN,
        errorLabels=["TransientTransactionError"],
    )
    await _holds(arena, failed_before)
