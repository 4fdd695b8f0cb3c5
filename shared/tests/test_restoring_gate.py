"""What goes on and what waits in a service while its database is behind, and while nobody knows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import uuid4

import pytest

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.errors import Unavailable
from payops_kernel.mongo import Mongo, Session, connect, in_transaction
from payops_kernel.ports import CommandAnswer, CommandContext, DueRow, Work
from payops_kernel.restoring import RestorationGate, State, ask
from payops_kernel.restoring.marker import StillRestoring
from payops_kernel.runtime import Runtime
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing.works import commands_on
from payops_testing.kernel.dropping import drop_database

OPERATOR = CommandContext(Principal.of("a", "A", [UserRole.OPERATOR], ""))
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def runtime(mongo_uri: str) -> AsyncIterator[Runtime]:
    """A service that nobody has started: its gate knows nothing yet."""
    prefix = f"test_{uuid4().hex[:12]}_"
    made = Runtime("sample", ServiceSettings(mongo=mongo_uri, database_prefix=prefix))
    yield made
    await drop_database(made.mongo)
    made.mongo.close()


async def nothing(_work: Work) -> CommandAnswer:
    return CommandAnswer(HTTPStatus.OK, {})


async def test_the_first_command_of_all_looks_whether_the_database_was_restored(
    runtime: Runtime,
) -> None:
    await ask(runtime.mongo, "sample")
    with pytest.raises(StillRestoring):
        await runtime.commands.run(OPERATOR, nothing)


async def test_a_service_that_was_never_restored_takes_the_first_command(runtime: Runtime) -> None:
    assert (await runtime.commands.run(OPERATOR, nothing)).status == HTTPStatus.OK


async def test_what_a_read_leaves_behind_is_put_on_record_while_commands_are_refused(
    runtime: Runtime,
) -> None:
    await ask(runtime.mongo, "sample")
    assert (await runtime.commands.record(OPERATOR, nothing)).status == HTTPStatus.OK


async def test_while_nobody_could_look_commands_are_refused_as_without_a_database(
    mongo_uri: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    away = connect(mongo_uri, "away")
    away.close()
    gate = RestorationGate(away)
    await gate.renew()
    commands = commands_on(own_mongo, driven_clock, closed=gate.closed)
    with pytest.raises(Unavailable):
        await commands.run(OPERATOR, nothing)


async def test_what_is_due_waits_until_the_service_has_read_what_happened_since(
    runtime: Runtime,
) -> None:
    done: list[str] = []

    async def note(_work: Work, row: DueRow) -> None:
        done.append(row.key)

    async def body(session: Session) -> None:
        await runtime.worker.due.rows.schedule_many([DueRow("parked", "1", PAST, {})], session)

    runtime.worker.due.handle("parked", note)
    await ask(runtime.mongo, "sample")
    await in_transaction(runtime.mongo, body)
    assert await runtime.worker.due.look() == 0
    raising = {"$set": {"state": State.RAISING.value}}
    await runtime.mongo.db["restorations"].update_one({}, raising)
    await runtime.gate.renew()
    assert await runtime.worker.due.look() == 1
    assert done == ["1"]
