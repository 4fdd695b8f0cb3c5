"""Payments to be invoiced together, and what tests do with the jobs over HTTP."""

import csv
import io
import zipfile
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import FastAPI

from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import LEASE_MS
from payops_kernel.mongo import Document, Mongo
from payops_kernel.runtime import Runtime, Service
from payops_testing.services import built
from payops_testing.transactions.builders import a_description, a_fact, folded
from transactions import bootstrap
from transactions.domain.documents import InvoiceDocument
from transactions.domain.facts import FactKind, PaymentFact
from transactions.settings import Settings
from transactions.store.transactions import TransactionStore
from transactions.use_cases.bulk_invoice import BulkInvoice

BULK = "/v1/transactions/bulk-invoices"
PAID = [f"p-{number:03d}" for number in range(30)]
FOREIGN = "счёт-№1 発票/é"
RENEW_SECONDS = 0.05


async def quick_renderer(document: InvoiceDocument) -> bytes:
    """As good as a PDF, in no time."""
    return f"%PDF-1.7 {document.number} {document.customer.name}".encode()


async def fill(mongo: Mongo) -> None:
    """:data:`PAID` and :data:`FOREIGN`, and one payment that was never paid."""
    store = TransactionStore(mongo.db)
    facts = [a_fact(FactKind.PAID, transaction_id=key, event_id=key) for key in PAID]
    arabic = a_description(user_name="ليلى 日本")
    facts.append(a_fact(FactKind.PAID, transaction_id=FOREIGN, description=arabic))
    facts.append(a_fact(FactKind.CREATED, transaction_id="created"))
    await store.collection.insert_many([store.to_document(folded(fact)) for fact in facts])
    await store.collection.insert_one({"_id": "unknown", "version": 0, "parked": []})


def a_runner(
    settings: Settings, render_pdf: Any = quick_renderer, lease_ms: int = LEASE_MS
) -> JobRunner:
    """What the worker role of another process makes invoices with."""
    runner = built(bootstrap, settings, render_pdf=render_pdf).runtime.jobs
    runner.renew_seconds, runner.jobs.lease_ms = RENEW_SECONDS, lease_ms
    return runner


class InvoiceDesk:
    """An operator with a worker that runs jobs when told."""

    def __init__(self, service: Service[Runtime], app: FastAPI, client: httpx.AsyncClient) -> None:
        self.service, self.app, self.client = service, app, client
        self.db = service.runtime.mongo.db
        self.settings = cast("Settings", service.runtime.settings)

    @property
    def environment(self) -> dict[str, str]:
        """Where another process of the service finds the database."""
        settings = self.settings
        return {"PAYOPS_MONGO": settings.mongo, "PAYOPS_DATABASE_PREFIX": settings.database_prefix}

    async def put(self, fact: PaymentFact) -> None:
        """A payment that arrives meanwhile."""
        store = TransactionStore(self.db)
        await store.collection.insert_one(store.to_document(folded(fact)))

    async def preview(self, **choice: Any) -> httpx.Response:
        """What would be invoiced."""
        return await self.client.post(f"{BULK}/previews", json=choice)

    async def confirm(self, preview_id: str, key: str = "", **more: Any) -> httpx.Response:
        """Ask for what a preview promised."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await self.client.post(
            BULK, json={"preview_id": preview_id, **more}, headers=headers
        )

    async def ask(self, **choice: Any) -> httpx.Response:
        """Ask for invoices, as previewed."""
        previewed = await self.preview(**choice)
        assert previewed.status_code == 201, previewed.text
        return await self.confirm(previewed.json()["preview_id"])

    async def unpay(self, *ids: str) -> None:
        """Make them payments that have no invoice."""
        store = TransactionStore(self.db)
        for key in ids:
            unpaid = store.to_document(folded(a_fact(FactKind.CREATED, transaction_id=key)))
            await store.collection.replace_one({"_id": key}, unpaid)

    async def run_jobs(self, runner: JobRunner | None = None) -> None:
        """Run every job that waits."""
        runner = runner or a_runner(self.settings)
        while (job := await runner.jobs.claim([BulkInvoice.kind])) is not None:
            await runner.run_claimed(job)

    async def made(self, runner: JobRunner | None = None, **choice: Any) -> dict[str, Any]:
        """A job that was asked for and run."""
        accepted = await self.ask(**choice)
        assert accepted.status_code == 202, accepted.text
        await self.run_jobs(runner)
        job: dict[str, Any] = (await self.client.get(accepted.headers["Location"])).json()
        return job

    async def rows(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """The job's rows."""
        answer = await self.client.get(f"/v1/jobs/{job['job_id']}/rows", params={"limit": 200})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def file(self, job: dict[str, Any]) -> httpx.Response:
        """The job's file, or why there is none."""
        return await self.client.get(f"{BULK}/{job['job_id']}/file")

    async def issued(self) -> list[Document]:
        """Every invoice, by number."""
        found: list[Document] = await self.db["invoices"].find().sort("number", 1).to_list(None)
        return found

    async def audit_records(self, action: str) -> list[dict[str, Any]]:
        """The audit records of an action, by target."""
        messages = [m async for d in self.db["outbox"].find() for m in d["messages"]]
        told = [httpx.Response(200, content=m["value"]).json()["data"] for m in messages]
        found = [data for data in told if data.get("action") == action]
        return sorted(found, key=lambda data: str(data["target_id"]))

    async def audited(self, action: str) -> list[str]:
        """The targets of the audit records of an action."""
        return [data["target_id"] for data in await self.audit_records(action)]


def unzipped(answer: httpx.Response) -> tuple[dict[str, bytes], list[dict[str, str]]]:
    """The PDFs of a ZIP by name, and the lines of its index."""
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    text = io.StringIO(files.pop("index.csv").decode("utf-8-sig"), newline="")
    return files, list(csv.DictReader(text, strict=True))
