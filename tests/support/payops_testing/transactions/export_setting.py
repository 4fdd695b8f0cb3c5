"""A database with transactions to export, and what tests do with exports over HTTP."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx

from payops_contracts.audit import AuditData, AuditRecordedV1
from payops_kernel.exports.file_work import KIND as EXPORT_JOB
from payops_kernel.jobs.job import Job
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import LEASE_MS
from payops_kernel.mongo import Mongo
from payops_kernel.runtime import Runtime, Service
from payops_testing.services import service_on
from payops_testing.transactions.builders import a_description, a_fact
from transactions import bootstrap
from transactions.domain.facts import FactKind
from transactions.domain.folding import fold
from transactions.settings import Settings
from transactions.store.transactions import TransactionStore

ROWS = 300
RENEW_SECONDS = 0.05
START = datetime(2026, 1, 1, tzinfo=UTC)
LIST = "/v1/transactions"
EXPORT = "/v1/transactions/export"


def stored_rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Transactions in several currencies, many with one date, some with evil names."""
    random = Random(first)
    store = TransactionStore({"transactions": None})  # type: ignore[dict-item]
    rows = []
    for number in range(first, first + count):
        key = f"t-{number:05d}"
        description = a_description(
            created_at=START + timedelta(hours=random.randrange(60)),
            user_name=random.choice(["Ada Byron", '=HYPERLINK("x")', "García, José", None]),
        )
        fact = a_fact(
            random.choice([FactKind.PAID] * 3 + [FactKind.CREATED, FactKind.FAILED]),
            transaction_id=key,
            event_id=key,
            amount_minor=random.randrange(100_000),
            currency=random.choice(["EUR", "EUR", "JPY", "KWD"]),
            description=description,
        )
        rows.append(store.to_document(fold(None, fact)))
    return rows


@asynccontextmanager
async def filled_service(uri: str) -> AsyncIterator[Service[Runtime]]:
    """A service with :data:`ROWS` transactions, one placeholder, and a position."""
    async with service_on(uri, bootstrap, Settings()) as service:
        db = service.runtime.mongo.db
        await db["transactions"].insert_many(stored_rows(ROWS))
        await db["transactions"].insert_one({"_id": "unknown", "version": 0, "parked": []})
        await db["positions"].insert_one({"_id": "transactions/upstream.payments/0", "next": 7})
        yield service


async def listed(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """Every row that the list shows."""
    answer = await client.get(LIST, params={"limit": 200, **query})
    rows: list[dict[str, Any]] = answer.json()["items"]
    for _ in range(ROWS):
        following = answer.json()["next"]
        if following is None:
            return rows
        answer = await client.get(LIST, params={"limit": 200, "cursor": following, **query})
        rows += answer.json()["items"]
    raise AssertionError("the list does not end")


def csv_rows(answer: httpx.Response, delimiter: str = ",") -> list[dict[str, str]]:
    """The lines of a CSV answer, by label."""
    assert answer.status_code == 200, answer.text
    text = io.StringIO(answer.content.decode("utf-8"), newline="")
    return list(csv.DictReader(text, delimiter=delimiter, strict=True))


async def manifest_of(client: httpx.AsyncClient, export_id: str) -> dict[str, Any]:
    """The manifest that an answer's ``Export-Id`` names."""
    answer = await client.get(f"/v1/exports/{export_id}/manifest")
    assert answer.status_code == 200, answer.text
    manifest: dict[str, Any] = answer.json()
    return manifest


def a_runner(runtime: Runtime, lease_ms: int = LEASE_MS) -> JobRunner:
    """What the service's worker role runs export jobs with, noticing cancels at once."""
    runner = runtime.jobs
    runner.renew_seconds, runner.jobs.lease_ms = RENEW_SECONDS, lease_ms
    return runner


async def audited(mongo: Mongo) -> list[AuditData]:
    """The audit records that wait in the outbox, in their order."""
    documents = await mongo.db["outbox"].find(sort=[("order", 1)]).to_list(None)
    values = [message["value"] for document in documents for message in document["messages"]]
    return [AuditRecordedV1.model_validate_json(value).data for value in values]


async def run_next(runner: JobRunner) -> Job:
    """Run the next export job to its end."""
    job = await runner.jobs.claim([EXPORT_JOB])
    assert job is not None
    await runner.run_claimed(job)
    ended = await runner.jobs.get(job.id)
    assert ended is not None
    return ended
