"""An export's one end: on record once, whoever leaves, fails or is tried again behind it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from payops_contracts.audit import AuditData, AuditRecordedV1
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.errors import Unavailable
from payops_kernel.exports.export_run import ExportRun
from payops_kernel.exports.file_work import FileWork
from payops_kernel.exports.manifests import Manifests
from payops_kernel.exports.orders import FORMATS, ExportOrder
from payops_kernel.exports.reading import RowQuery, SnapshotReader
from payops_kernel.exports.records import ExportRecords
from payops_kernel.exports.streaming import StreamedExport
from payops_kernel.http.lists import Sort, SortField, SortKey
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Mongo
from payops_kernel.ports import CommandContext
from payops_kernel.restoring.marker import StillRestoring
from payops_kernel.testing.works import commands_on, submitted
from payops_testing.kernel.export_builders import COLUMNS, CSV, RESOURCE, a_row

ROWS = 30
SORT = Sort("id", (SortKey(SortField("_id"), 1),))
ORDER = ExportOrder(
    RESOURCE, COLUMNS, FORMATS["csv"], CSV, {}, RowQuery("things", {}, SORT), "local:viewer"
)
VIEWER = CommandContext(Principal.of("viewer", "V", [UserRole.VIEWER], ""))


class Desk:
    """Exports of a table in a database of its own, while commands are refused."""

    def __init__(self, mongo: Mongo) -> None:
        async def closed() -> StillRestoring:
            return StillRestoring("not yet")

        self.mongo = mongo
        self.manifests = Manifests(mongo.db)
        commands = commands_on(mongo, PlatformClock(), closed=closed)
        self.records = ExportRecords(commands, self.manifests)

    async def streamed(self) -> StreamedExport:
        export_run = ExportRun(self.mongo.db, "e-1", ORDER, VIEWER)
        await export_run.begin()
        await self.records.start(export_run)
        slots = asyncio.Semaphore(1)
        await slots.acquire()
        return StreamedExport(export_run, self.records, slots, {})

    async def made(self) -> Mapping[str, Any]:
        """One try of the job of an export."""
        jobs = Jobs(self.mongo.db, "things")
        request = {**ORDER.stored(), "export_id": "e-1", "at": None}
        job = await submitted(
            jobs, "export", ORDER.owner, request | {"actor": stored_actor(VIEWER.actor)}
        )
        work = FileWork(self.mongo.db, self.manifests, self.records, {RESOURCE.name: RESOURCE})
        return await work.run(RunningJob(job))

    async def told(self) -> list[tuple[str, Any]]:
        """What is on record: the action, and why the file was broken off."""
        documents = await self.mongo.db["outbox"].find(sort=[("order", 1)]).to_list(None)
        values = [m["value"] for document in documents for m in document["messages"]]
        found: list[AuditData] = [AuditRecordedV1.model_validate_json(v).data for v in values]
        return [(each.action, (each.after or {}).get("broken_off")) for each in found]

    async def state(self) -> str:
        return str((await self.manifests.get("e-1"))["state"])


@pytest.fixture
async def desk(own_mongo: Mongo) -> Desk:
    await own_mongo.db["things"].insert_many([a_row(number) for number in range(ROWS)])
    return Desk(own_mongo)


class Caller:
    """Reads until a kind of message comes, and leaves."""

    def __init__(self, *, last: bool) -> None:
        self._left, self._last = asyncio.Event(), last

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body" and message["more_body"] is not self._last:
            self._left.set()
            await asyncio.Event().wait()

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}


async def test_a_caller_who_leaves_behind_the_last_byte_has_a_whole_file_on_record(
    desk: Desk,
) -> None:
    caller = Caller(last=True)
    with pytest.raises(ClientDisconnect):
        await (await desk.streamed())({}, caller.receive, caller.send)
    assert await desk.told() == [("export.start", None), ("export.end", None)]
    assert await desk.state() == "COMPLETE"


async def test_a_caller_who_leaves_before_has_a_broken_one(desk: Desk) -> None:
    caller = Caller(last=False)
    with pytest.raises(ClientDisconnect):
        await (await desk.streamed())({}, caller.receive, caller.send)
    assert await desk.told() == [("export.start", None), ("export.end", "caller_gone")]
    assert await desk.state() == "INCOMPLETE"


async def test_an_end_that_is_refused_does_not_hide_why_the_file_was_broken_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, streamed = Caller(last=False), await desk.streamed()

    async def refusing(*_: object, **__: object) -> None:
        raise StillRestoring("not yet")

    monkeypatch.setattr(Outbox, "write", refusing)
    with pytest.raises(ClientDisconnect):
        await streamed({}, caller.receive, caller.send)


def failing_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """In the second batch, behind the first rows."""
    following, failures = SnapshotReader.next, [error]

    async def failing(reader: SnapshotReader) -> Sequence[Any]:
        if reader.segments and failures:
            raise failures.pop()
        return await following(reader)

    monkeypatch.setattr(SnapshotReader, "next", failing)


async def test_a_job_that_is_tried_again_has_the_end_of_its_last_try(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once(monkeypatch, Unavailable("not in time"))
    with pytest.raises(Unavailable):
        await desk.made()
    assert await desk.told() == []
    assert (await desk.made())["rows"] == ROWS
    assert await desk.told() == [("export.end", None)]


async def test_a_job_that_is_begun_again_behind_its_end_keeps_its_file_and_its_one_end(
    desk: Desk,
) -> None:
    first = await desk.made()
    file = (await desk.manifests.get("e-1"))["file"]
    assert await desk.made() == first
    assert (await desk.manifests.get("e-1"))["file"] == file
    assert await desk.told() == [("export.end", None)]


async def test_a_job_that_fails_for_good_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once(monkeypatch, KeyError("a defect"))
    with pytest.raises(KeyError):
        await desk.made()
    assert await desk.told() == [("export.end", "failed")]
    assert await desk.state() == "INCOMPLETE"
