"""mongod refuses, drops connections and hides outcomes, by its own fail points."""

import pytest
from faultlab.arena import Arena
from faultlab.upstream import payments

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 500
OFTEN = {"activationProbability": 0.3}
WRITE_CONFLICT = 112
WRITE_CONCERN_TIMEOUT = 64
STEPPED_DOWN = 189


async def _holds(arena: Arena) -> None:
    events = payments(PAYMENTS)
    process = await arena.start()
    async with arena.load(events):
        pass
    findings = await arena.verdict()
    arena.fail_command("off")
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    assert findings.dead_letters == 0
    process.require_running()


async def test_transient_errors_on_a_third_of_all_commits_lose_and_repeat_nothing(
    arena: Arena,
) -> None:
    arena.fail_command(
        OFTEN,
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        errorCode=WRITE_CONFLICT,
        errorLabels=["TransientTransactionError"],
    )
    await _holds(arena)


async def test_connections_that_break_at_a_third_of_all_commits_lose_and_repeat_nothing(
    arena: Arena,
) -> None:
    arena.fail_command(
        OFTEN,
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        closeConnection=True,
    )
    await _holds(arena)


async def test_commits_whose_result_is_unknown_are_neither_lost_nor_repeated(
    arena: Arena,
) -> None:
    # The command runs, so the commit is made; what comes back says that nobody knows.
    arena.fail_command(
        OFTEN,
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        writeConcernError={"code": WRITE_CONCERN_TIMEOUT, "errmsg": "waiting timed out"},
    )
    await _holds(arena)


@pytest.mark.parametrize("command", ["find", "update", "insert", "findAndModify", "delete"])
async def test_a_command_that_fails_now_and_then_loses_and_repeats_nothing(
    arena: Arena, command: str
) -> None:
    arena.fail_command(
        {"activationProbability": 0.1},
        failCommands=[command],
        appName=arena.database.name,
        errorCode=STEPPED_DOWN,
        errorLabels=["TransientTransactionError"],
    )
    await _holds(arena)
