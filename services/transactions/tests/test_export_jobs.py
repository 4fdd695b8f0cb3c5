"""Exports that are jobs: files that are kept, cancels, kills; and callers who leave."""

import asyncio
import io
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import openpyxl
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI

from payops_kernel.auth.principals import UserRole
from payops_kernel.exports import exports
from payops_kernel.exports.file_work import FileWork
from payops_kernel.exports.manifests import Manifests
from payops_kernel.exports.reading import SnapshotReader
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.work import RunningJob
from payops_kernel.mongo import Mongo
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.transactions.export_setting import (
    EXPORT,
    ROWS,
    a_runner,
    audited,
    listed,
    manifest_of,
    run_next,
)

NEVER = 3_600.0
DOOMED = "payops_testing.transactions.doomed_export"
XLSX = {"format": "xlsx", "sort": "amount"}


@pytest.fixture
def app(service: Service[Runtime], monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The service, where ten rows are already too many to be answered at once."""
    monkeypatch.setattr(exports, "DIRECT_ROWS_MAX", 10)
    return service.http_app("test", "test")


@pytest.fixture
def runner(service: Service[Runtime]) -> JobRunner:
    """What its worker role runs jobs with."""
    return a_runner(service.runtime)


@pytest_asyncio.fixture
async def client(app: FastAPI, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, UserRole.VIEWER) as asking:
        yield asking


async def submitted(client: httpx.AsyncClient) -> dict[str, Any]:
    """A job that was accepted."""
    answer = await client.get(EXPORT, params=XLSX)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['job_id']}"
    return job


async def test_a_large_spreadsheet_is_a_job_whose_file_is_fetched(
    client: httpx.AsyncClient, mongo: Mongo, runner: JobRunner
) -> None:
    job = await submitted(client)
    await mongo.db["transactions"].update_many({}, {"$set": {"currency": "USD"}})
    await run_next(runner)
    done = (await client.get(f"/v1/jobs/{job['job_id']}")).json()
    assert (done["state"], done["progress"]) == ("DONE", {"done": ROWS, "total": ROWS})
    file = await client.get(done["result"]["file"])
    sheet = openpyxl.load_workbook(io.BytesIO(file.content))["Transactions"]
    ids = [row[0] for row in sheet.iter_rows(min_row=2, min_col=3, max_col=3, values_only=True)]
    assert ids == [row["transaction_id"] for row in await listed(client, sort="amount")]
    # As of the request, not of the hour in which a worker found the time.
    assert {cell.value for cell in sheet["E"][1:]} == {"EUR", "JPY", "KWD"}
    manifest = await manifest_of(client, done["result"]["export_id"])
    assert manifest["job_id"] == job["job_id"]
    assert file.headers["etag"] == f'"{manifest["sha256"]}"'
    assert int(file.headers["content-length"]) == manifest["bytes"] == len(file.content)


async def test_a_job_that_exports_is_audited_as_it_is_submitted_and_as_its_file_is_whole(
    client: httpx.AsyncClient, mongo: Mongo, runner: JobRunner
) -> None:
    job = await submitted(client)
    stored = await mongo.db["jobs"].find_one({"_id": job["job_id"]})
    assert stored is not None
    (told,) = await audited(mongo)
    export_id = stored["request"]["export_id"]
    assert (told.action, told.target_type, told.target_id) == (
        "export.request", "job", job["job_id"],
    )  # fmt: skip
    assert told.actor.id == f"local:{UserRole.VIEWER}"
    assert told.trace_id
    assert told.after is not None
    assert told.after["export_id"] == export_id
    assert (told.after["format"], told.after["filters"]) == ("xlsx", {})
    await run_next(runner)
    _, ended = await audited(mongo)
    assert (ended.action, ended.target_id, ended.actor) == ("export.end", export_id, told.actor)
    assert ended.after is not None
    assert (ended.after["rows"], ended.after["complete"]) == (ROWS, True)


async def test_csv_streams_however_long_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get(EXPORT)
    assert (answer.status_code, answer.content.count(b"\r\n")) == (200, ROWS + 1)


async def test_a_file_that_is_not_made_yet_cannot_be_fetched(
    client: httpx.AsyncClient, mongo: Mongo
) -> None:
    export_id = (await client.get(EXPORT)).headers["export-id"]
    answer = await client.get(f"/v1/exports/{export_id}/file")
    assert (answer.status_code, answer.json()["code"]) == (409, "export_not_ready")


async def test_a_cancelled_export_leaves_no_file(
    client: httpx.AsyncClient, mongo: Mongo, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await submitted(client)
    gate, following = asyncio.Event(), SnapshotReader.next

    async def held(reader: SnapshotReader) -> Any:
        if reader.segments:
            await gate.wait()
        return await following(reader)

    monkeypatch.setattr(SnapshotReader, "next", held)
    claimed = await runner.jobs.claim(["export"])
    assert claimed is not None
    runner.renew_seconds = NEVER  # it is told at once, and would not notice
    running = asyncio.create_task(runner.run_claimed(claimed))
    await eventually(lambda: mongo.db["exports"].find_one({"file": {"$exists": True}}), until=bool)
    assert (await client.delete(f"/v1/jobs/{job['job_id']}")).status_code == 202
    gate.set()
    await running
    await expect_no_file(client, mongo, job)


async def test_an_export_that_is_cancelled_behind_its_last_row_leaves_no_file_either(
    client: httpx.AsyncClient, mongo: Mongo, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, making = await submitted(client), FileWork.run

    async def cancelled_at_last(work: FileWork, running: RunningJob) -> Mapping[str, Any]:
        result = await making(work, running)
        assert (await client.delete(f"/v1/jobs/{job['job_id']}")).status_code == 202
        return result

    monkeypatch.setattr(FileWork, "run", cancelled_at_last)
    await run_next(runner)
    await expect_no_file(client, mongo, job)


@pytest.mark.faults
async def test_a_process_that_is_killed_leaves_an_export_that_another_makes_anew(
    client: httpx.AsyncClient, mongo: Mongo, runner: JobRunner, mongo_uri: str
) -> None:
    await submitted(client)
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", DOOMED, mongo_uri, mongo.db.name.removesuffix("transactions")
    )
    assert await doomed.wait() == -signal.SIGKILL
    left = await mongo.db["exports"].find_one({})
    assert left is not None
    assert (left["state"], left.get("rows")) == ("RUNNING", None)
    claimed = await eventually(lambda: runner.jobs.claim(["export"]))
    assert claimed is not None
    await runner.run_claimed(claimed)
    ended = await runner.jobs.get(claimed.id)
    assert ended is not None
    assert ended.result is not None
    file = await client.get(ended.result["file"])
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet.max_row == ROWS + 1
    chunks = await mongo.db["export_files"].distinct("_id")
    assert len({chunk.partition("/")[0] for chunk in chunks}) == 1  # the dead process's are gone


async def test_exports_whose_time_is_over_are_deleted_with_their_files(
    client: httpx.AsyncClient, mongo: Mongo, runner: JobRunner
) -> None:
    await submitted(client)
    await run_next(runner)
    await mongo.db["exports"].update_many({}, [{"$set": {"expires_at": "$created_at"}}])
    assert await Manifests(mongo.db).sweep() == 1
    for name in ("exports", "export_files"):
        assert await mongo.db[name].count_documents({}) == 0


async def test_a_caller_who_leaves_stops_the_export_and_the_manifest_says_so(
    app: FastAPI, client: httpx.AsyncClient, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, following = asyncio.Event(), SnapshotReader.next
    reads = 0

    async def held(reader: SnapshotReader) -> Any:
        nonlocal reads
        reads += 1
        if reads == 3:
            await left.wait()
        return await following(reader)

    monkeypatch.setattr(SnapshotReader, "next", held)
    monkeypatch.setattr("payops_kernel.exports.reading.FIRST_BATCH_ROWS", 20)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    token = client.headers["authorization"]
    writer.write(f"GET {EXPORT} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
    assert b"200 OK" in await reader.readline()
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    manifest = await eventually(
        lambda: mongo.db["exports"].find_one({"state": "INCOMPLETE"}), until=bool
    )
    assert manifest is not None
    assert manifest["reason"] == "caller_gone"
    assert manifest["rows"] <= ROWS
    assert not left.is_set()
    begun, ended = await audited(mongo)
    assert (begun.action, ended.action) == ("export.start", "export.end")
    assert ended.after is not None
    assert (ended.after["rows"], ended.after["broken_off"]) == (manifest["rows"], "caller_gone")
    assert ended.after["complete"] is False
    server.should_exit = True
    await serving


async def expect_no_file(client: httpx.AsyncClient, mongo: Mongo, job: dict[str, Any]) -> None:
    """The job is cancelled, and nothing is left of what it had made."""
    shown = (await client.get(f"/v1/jobs/{job['job_id']}")).json()
    assert (shown["state"], shown["result"]) == ("CANCELLED", None)
    manifest = await mongo.db["exports"].find_one({})
    assert manifest is not None
    assert (manifest["state"], manifest["reason"]) == ("INCOMPLETE", "cancelled")
    assert await mongo.db["export_files"].count_documents({}) == 0
    file = await client.get(f"/v1/exports/{manifest['_id']}/file")
    assert (file.status_code, file.json()["code"]) == (409, "export_not_ready")
