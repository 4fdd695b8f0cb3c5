"""Jobs over HTTP: whose they are, what their rows say, how they are cancelled."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from payops_contracts.audit import AuditRecordedV1
from payops_contracts.topics import AUDIT
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.commands import Commands
from payops_kernel.errors import Unavailable
from payops_kernel.http.app import create_http_app
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.health import ServiceHealth
from payops_kernel.jobs.ids import service_of
from payops_kernel.jobs.job import Job, JobState
from payops_kernel.jobs.routes import job_routes
from payops_kernel.jobs.row_store import JobRow
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Mongo, ensure_collections
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing.callers import ClientOf
from payops_kernel.testing.works import submitted, works_on
from payops_testing.kernel.job_builders import KIND, TooMuch, Tracing, a_runner, run_one

VIEWER = f"local:{UserRole.VIEWER}"


@pytest_asyncio.fixture
async def runner(own_mongo: Mongo) -> JobRunner:
    """Every third row is refused."""

    def refuse_some(row: JobRow) -> None:
        if row.number % 3 == 0:
            raise TooMuch("More than is left.")

    await ensure_collections(own_mongo.db, OUTBOX_INDEXES)
    return await a_runner(own_mongo, Tracing(own_mongo, refuse_some))


@pytest_asyncio.fixture
async def job(runner: JobRunner) -> Job:
    """A job of the viewer, done."""
    await submitted(runner.jobs, KIND, VIEWER, {"rows": 9})
    return await run_one(runner)


@pytest.fixture
def outbox(own_mongo: Mongo) -> Outbox:
    """Where the audit records go."""
    return Outbox(own_mongo.db, {AUDIT.name: AUDIT.message_bytes_max})


@pytest.fixture
def clients(
    own_mongo: Mongo,
    runner: JobRunner,
    outbox: Outbox,
    driven_clock: DrivenClock,
    client_of: ClientOf,
) -> ClientOf:
    """Clients of an app with the routes, by role."""
    commands = Commands(own_mongo, works_on(own_mongo, driven_clock, outbox))
    app = create_http_app(
        title="jobs",
        settings=ServiceSettings(),
        health=ServiceHealth("jobs"),
        metrics=CollectorRegistry(),
        routers=[job_routes(runner, commands, CursorCodec("key"))],
    )
    return lambda role=UserRole.VIEWER: client_of(app, role)


@pytest_asyncio.fixture
async def viewer(clients: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    """The owner."""
    async with clients() as client:
        yield client


async def audited(outbox: Outbox) -> list[dict[str, Any]]:
    """What the audit records say, as the contract has them."""
    messages = [m async for document in outbox.collection.find() for m in document["messages"]]
    events = [AuditRecordedV1.model_validate(orjson.loads(m["value"])) for m in messages]
    return [event.data.model_dump() for event in events]


async def test_a_job_says_how_far_it_is(viewer: httpx.AsyncClient, job: Job) -> None:
    body = (await viewer.get(f"/v1/jobs/{job.id}")).json()
    assert (body["state"], body["progress"]) == ("DONE", {"done": 9, "total": 9})
    assert body["counts"] == {"SUCCEEDED": 6, "REFUSED": 3}
    assert service_of(body["job_id"]) == "transactions"


async def test_rows_are_listed_by_state_with_their_reasons(
    viewer: httpx.AsyncClient, job: Job
) -> None:
    path = f"/v1/jobs/{job.id}/rows"
    refused = (await viewer.get(path, params={"state": "REFUSED", "limit": 2})).json()
    assert [row["key"] for row in refused["items"]] == ["t-2", "t-5"]
    assert refused["items"][0]["reason"] == "More than is left."
    assert refused["total"] == 3
    rest = await viewer.get(path, params={"state": "REFUSED", "cursor": refused["next"]})
    assert [row["number"] for row in rest.json()["items"]] == [9]
    done = (await viewer.get(path, params={"state": "SUCCEEDED"})).json()
    assert done["items"][0]["data"] == {"refund_id": "rf-1"}


async def test_others_do_not_see_a_job_and_admins_do(clients: ClientOf, job: Job) -> None:
    for role, status in ((UserRole.OPERATOR, 404), (UserRole.APPROVER, 404), (UserRole.ADMIN, 200)):
        async with clients(role) as client:
            for path in ("", "/rows"):
                assert (await client.get(f"/v1/jobs/{job.id}{path}")).status_code == status
    async with clients(UserRole.OPERATOR) as client:
        assert (await client.delete(f"/v1/jobs/{job.id}")).json()["code"] == "job_not_found"


async def test_a_waiting_job_is_cancelled_and_an_ended_one_is_not(
    viewer: httpx.AsyncClient, runner: JobRunner
) -> None:
    waiting = await submitted(runner.jobs, KIND, VIEWER, {"rows": 3})
    answer = await viewer.delete(f"/v1/jobs/{waiting.id}")
    assert (answer.status_code, answer.json()["state"]) == (202, "CANCELLED")
    again = await viewer.delete(f"/v1/jobs/{waiting.id}")
    assert (again.status_code, again.json()) == (202, answer.json())
    ended = await submitted(runner.jobs, KIND, VIEWER, {"rows": 3})
    await runner.jobs.collection.update_one({"_id": ended.id}, {"$set": {"state": "DONE"}})
    late = await viewer.delete(f"/v1/jobs/{ended.id}")
    assert (late.status_code, late.json()["code"]) == (409, "job_ended")


async def test_a_cancel_is_audited_once_however_often_it_is_asked_for(
    clients: ClientOf, runner: JobRunner, outbox: Outbox
) -> None:
    running = await submitted(runner.jobs, KIND, VIEWER, {"rows": 3})
    assert await runner.jobs.claim([KIND]) is not None
    async with clients(UserRole.ADMIN) as admin:
        for _ in range(2):
            answer = await admin.delete(f"/v1/jobs/{running.id}")
            assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
    (told,) = await audited(outbox)
    assert (told["action"], told["target_type"], told["target_id"]) == (
        "job.cancel", "job", running.id,
    )  # fmt: skip
    assert told["actor"]["id"] == f"local:{UserRole.ADMIN}"
    assert told["before"] == {"state": "RUNNING", "cancel_requested": False}
    assert told["after"] == {"state": "RUNNING", "cancel_requested": True}
    assert told["trace_id"]


async def test_a_cancel_that_is_refused_is_not_audited(
    clients: ClientOf, job: Job, outbox: Outbox
) -> None:
    for role, status in ((UserRole.VIEWER, 409), (UserRole.OPERATOR, 404)):
        async with clients(role) as client:
            assert (await client.delete(f"/v1/jobs/{job.id}")).status_code == status
    assert await audited(outbox) == []


async def test_a_cancel_whose_audit_record_cannot_be_stored_does_not_happen(
    viewer: httpx.AsyncClient, runner: JobRunner, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise Unavailable("No room.")

    waiting = await submitted(runner.jobs, KIND, VIEWER, {"rows": 3})
    monkeypatch.setattr(outbox, "write", full)
    assert (await viewer.delete(f"/v1/jobs/{waiting.id}")).status_code == 503
    left = await runner.jobs.get(waiting.id)
    assert left is not None
    assert (left.state, left.cancel_requested) == (JobState.QUEUED, False)
