"""Bulk downloads of invoices on a real mongod: chosen, made once each, fetched as one ZIP."""

import asyncio
import os
import signal
import sys
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.jobs.reads import JobReads
from payops_kernel.jobs.runner import ATTEMPTS_MAX
from payops_kernel.jobs.store import Jobs
from payops_kernel.mongo.abandoned import end_abandoned_transactions
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_kernel.testing.works import submitted
from payops_testing.services import service_on
from payops_testing.transactions.builders import a_description, a_fact
from payops_testing.transactions.bulk_invoice_setting import (
    BULK,
    FOREIGN,
    PAID,
    InvoiceDesk,
    a_runner,
    fill,
    quick_renderer,
    unzipped,
)
from payops_testing.transactions.document_builders import pages
from transactions import bootstrap
from transactions.domain.documents import InvoiceDocument
from transactions.domain.facts import FactKind
from transactions.invoicing.archiving import invoice_archive
from transactions.invoicing.pdf_renderer import PdfRenderer
from transactions.settings import Settings
from transactions.store.invoices import MongoInvoices
from transactions.use_cases.bulk_invoice import BulkInvoice, InvoiceFiles
from transactions.use_cases.issue_invoice import DocumentNotRendered

DOOMED = "payops_testing.transactions.doomed_bulk_invoices"
MIB = 1024 * 1024
OPERATOR = Principal.of(f"local:{UserRole.OPERATOR}", "Otto", [UserRole.OPERATOR], "")


@pytest.fixture
async def desk(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[InvoiceDesk]:
    async with service_on(mongo_uri, bootstrap, Settings()) as service:
        await fill(service.runtime.mongo)
        app = service.http_app("test", "test")
        async with client_of(app, UserRole.OPERATOR) as client:
            yield InvoiceDesk(service, app, client)


def numbers(count: int) -> list[str]:
    """The first numbers of this year."""
    return [f"INV-{datetime.now(UTC).year}-{n:06d}" for n in range(1, count + 1)]


async def test_selected_payments_become_one_zip_of_readable_pdfs_and_an_index(
    desk: InvoiceDesk,
) -> None:
    render_pdf = PdfRenderer(Settings().invoice_style())
    accepted = await desk.ask(ids=[PAID[0], FOREIGN, PAID[1]])
    await desk.unpay(PAID[1])
    await desk.run_jobs(a_runner(desk.settings, render_pdf))
    job = (await desk.client.get(accepted.headers["Location"])).json()
    assert (job["state"], job["counts"]) == ("DONE", {"SUCCEEDED": 2, "REFUSED": 1})
    path = f"{BULK}/{job['job_id']}/file"
    assert job["result"] == {"invoices": 2, "file": path}
    answer = await desk.client.get(path)
    assert answer.headers["content-type"] == "application/zip"
    name = answer.headers["content-disposition"]
    assert name.startswith('attachment; filename="invoices-2')
    assert name.endswith('Z.zip"')
    files, index = unzipped(answer)
    assert sorted(files) == [f"{number}.pdf" for number in numbers(2)]
    for content in files.values():
        assert content.startswith(b"%PDF-")
        assert pages(content)
    by_id = {line["Transaction ID"]: line for line in index}
    assert list(by_id) == [PAID[0], FOREIGN, PAID[1]]
    assert by_id[PAID[1]] == {
        "Transaction ID": PAID[1],
        "Outcome": "No invoice",
        "Reason": "Only paid transactions, refunded or not, have an invoice.",
        "Invoice number": "",
        "File": "",
    }
    line = by_id[FOREIGN]
    assert (line["Outcome"], line["File"]) == ("Invoice enclosed", f"{line['Invoice number']}.pdf")
    alone = await desk.client.get(f"/v1/transactions/{PAID[0]}/invoice")
    assert alone.content == files[by_id[PAID[0]]["File"]]
    (row,) = [row for row in await desk.rows(job) if row["key"] == PAID[1]]
    assert (row["state"], row["code"]) == ("REFUSED", "transaction_not_invoiced")


async def test_payments_whose_invoice_cannot_be_printed_are_listed_with_what_is_missing(
    desk: InvoiceDesk,
) -> None:
    gothic = a_description(user_name="\U00010330")
    await desk.put(a_fact(FactKind.PAID, transaction_id="gothic", description=gothic))
    render_pdf = PdfRenderer(Settings().invoice_style())
    job = await desk.made(a_runner(desk.settings, render_pdf), ids=["gothic", PAID[0]])
    assert (job["state"], job["counts"]) == ("DONE", {"SUCCEEDED": 1, "REFUSED": 1})
    (row,) = [row for row in await desk.rows(job) if row["key"] == "gothic"]
    assert (row["state"], row["code"]) == ("REFUSED", "invoice_not_printable")
    files, (line, _) = unzipped(await desk.file(job))
    assert "U+10330 GOTHIC LETTER AHSA" in line["Reason"]
    assert list(files) == [f"{numbers(1)[0]}.pdf"]


async def test_a_filter_is_the_lists_in_its_order_and_each_invoice_is_made_once(
    desk: InvoiceDesk,
) -> None:
    chosen = {"status": ["PAID"], "q": "p-"}
    job = await desk.made(filter=chosen)
    assert (job["state"], job["progress"]) == ("DONE", {"done": 30, "total": 30})
    files, index = unzipped(await desk.file(job))
    listed = (await desk.client.get("/v1/transactions", params=chosen | {"limit": 200})).json()
    assert [line["Transaction ID"] for line in index] == [
        row["transaction_id"] for row in listed["items"]
    ]
    assert sorted(files) == [f"{number}.pdf" for number in numbers(30)]
    again = await desk.made(filter=chosen)
    assert again["job_id"] != job["job_id"]
    assert unzipped(await desk.file(again))[0] == files
    assert [document["number"] for document in await desk.issued()] == numbers(30)
    assert await desk.audited("invoice.issue") == PAID
    assert await desk.audited("invoice.bulk-request") == sorted([job["job_id"], again["job_id"]])


async def test_the_audit_records_of_rows_name_job_and_row_and_the_trace_of_who_asked(
    desk: InvoiceDesk,
) -> None:
    job = await desk.made(ids=PAID[:3])
    told = await desk.audit_records("invoice.issue")
    keys = {each["target_id"]: each["idempotency_key"] for each in told}
    assert keys == {row["key"]: f"{job['job_id']}:{row['number']}" for row in await desk.rows(job)}
    (asked,) = await desk.audit_records("invoice.bulk-request")
    assert {each["trace_id"] for each in told} == {asked["trace_id"]}


async def test_what_arrives_behind_the_request_is_not_of_the_job(desk: InvoiceDesk) -> None:
    accepted = await desk.ask(filter={"q": "p-00"})
    await desk.put(a_fact(FactKind.PAID, transaction_id="p-00-late"))
    await desk.run_jobs()
    job = (await desk.client.get(accepted.headers["Location"])).json()
    assert job["counts"] == {"SUCCEEDED": 10}
    assert "p-00-late" not in {row["key"] for row in await desk.rows(job)}


async def test_the_same_key_is_one_job_and_another_body_under_it_is_refused(
    desk: InvoiceDesk,
) -> None:
    two, three = [
        (await desk.preview(ids=ids)).json()["preview_id"] for ids in (PAID[:2], PAID[:3])
    ]
    first, again = await desk.confirm(two, key="k"), await desk.confirm(two, key="k")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.headers["Location"] == f"/v1/jobs/{first.json()['job_id']}"
    assert (await desk.confirm(three, key="k")).status_code == 422
    unkeyed = await desk.client.post(BULK, json={"preview_id": two})
    assert unkeyed.status_code == 422
    assert await desk.db["jobs"].count_documents({}) == 1


async def test_a_preview_says_what_would_be_invoiced_and_makes_nothing(desk: InvoiceDesk) -> None:
    previewed = await desk.preview(ids=[*PAID[:2], "created", "nobody", "unknown"])
    assert previewed.status_code == 201, previewed.text
    found = previewed.json()
    assert (found["chosen"], found["count"]) == (5, 2)
    assert found["sums"] == [{"currency": "USD", "amount_minor": 2400, "amount": "US$24.00"}]
    assert found["refused"] == [
        {"reason": "Only paid transactions, refunded or not, have an invoice.", "count": 1},
        {"reason": "There is no transaction with this ID.", "count": 2},
    ]
    assert await desk.db["jobs"].count_documents({}) == 0
    assert await desk.issued() == []


async def test_a_set_that_changed_is_refused_with_the_difference_and_goes_on_when_accepted(
    desk: InvoiceDesk,
) -> None:
    preview_id = (await desk.preview(ids=PAID[:4])).json()["preview_id"]
    await desk.unpay(PAID[1])
    await desk.db["transactions"].update_one({"_id": PAID[2]}, {"$set": {"amount_minor": 7}})
    refused = await desk.confirm(preview_id, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "bulk_invoice_set_changed")
    assert (refused.json()["gone"], refused.json()["changed"]) == ([PAID[1]], [PAID[2]])
    accepted = await desk.confirm(preview_id, key="k", accept_removals=True)
    assert (accepted.status_code, accepted.json()["progress"]["total"]) == (202, 2)
    (told,) = await desk.audit_records("invoice.bulk-request")
    assert told["after"] == {"rows": 2, "left_out": 2}


async def test_a_preview_is_its_owners(desk: InvoiceDesk, client_of: ClientOf) -> None:
    preview_id = (await desk.preview(ids=PAID[:1])).json()["preview_id"]
    async with client_of(desk.app, UserRole.APPROVER) as other:
        body, headers = {"preview_id": preview_id}, {"Idempotency-Key": "k"}
        foreign = await other.post(BULK, json=body, headers=headers)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "bulk_invoice_preview_not_found")
    direct = await desk.client.post(BULK, json={"ids": PAID}, headers={"Idempotency-Key": "k"})
    assert direct.status_code == 422


async def test_a_choice_that_is_none_or_too_many_is_refused_at_once(
    desk: InvoiceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = await desk.ask(filter={"status": ["TOTALLY_REFUNDED"]})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "bulk_invoice_nothing_chosen")
    assert (await desk.preview(filter={"colour": ["red"]})).status_code == 422
    monkeypatch.setattr(BulkInvoice, "rows_max", 31)
    many = await desk.preview(all=True)
    assert (many.status_code, many.json()["code"]) == (422, "bulk_invoice_too_large")
    assert "31 transactions; narrow the filter" in many.json()["detail"]
    assert await desk.db["jobs"].count_documents({}) == 0


async def test_a_job_without_any_invoice_has_no_file_and_says_why(desk: InvoiceDesk) -> None:
    accepted = await desk.ask(ids=PAID[:3])
    await desk.unpay(*PAID[:2])
    await desk.db["transactions"].delete_one({"_id": PAID[2]})
    await desk.run_jobs()
    job = (await desk.client.get(accepted.headers["Location"])).json()
    assert (job["state"], job["counts"]) == ("DONE", {"REFUSED": 3})
    assert job["result"] == {"invoices": 0, "file": None}
    answer = await desk.file(job)
    assert (answer.status_code, answer.json()["code"]) == (409, "bulk_invoice_empty")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["counts"] == {"REFUSED": 3}
    assert {row["code"] for row in await desk.rows(job)} == {
        "transaction_not_invoiced", "transaction_not_found",
    }  # fmt: skip


async def test_a_file_is_there_when_its_job_has_ended_and_for_its_owner_only(
    desk: InvoiceDesk, client_of: ClientOf
) -> None:
    job = (await desk.ask(ids=PAID[:3])).json()
    early = await desk.file(job)
    assert (early.status_code, early.json()["code"]) == (409, "bulk_invoice_not_ready")
    assert early.json()["progress"] == {"done": 0, "total": 3}
    assert early.headers["Retry-After"]
    await desk.run_jobs()
    assert len(unzipped(await desk.file(job))[0]) == 3
    async with client_of(desk.app, UserRole.APPROVER) as other:
        foreign = await other.get(f"{BULK}/{job['job_id']}/file")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "job_not_found")
    async with client_of(desk.app, UserRole.ADMIN) as admin:
        assert (await admin.get(f"{BULK}/{job['job_id']}/file")).status_code == 200
    assert (await desk.file({"job_id": "transactions-0"})).status_code == 404


async def test_a_job_that_failed_as_a_whole_says_to_ask_again(desk: InvoiceDesk) -> None:
    accepted = (await desk.ask(ids=PAID[:2])).json()
    # Nothing about rows fails a job: only a process that dies with it again and again.
    await desk.db["jobs"].update_many({}, {"$set": {"attempt": ATTEMPTS_MAX}})
    await desk.run_jobs()
    answer = await desk.file(accepted)
    assert (answer.status_code, answer.json()["code"]) == (409, "bulk_invoice_failed")
    assert answer.json()["error"]["code"] == "attempts_exhausted"
    assert "Retry-After" not in answer.headers
    assert (await desk.made(ids=PAID[:2]))["state"] == "DONE"


async def test_a_job_of_another_kind_has_no_invoices(desk: InvoiceDesk) -> None:
    other = await submitted(
        a_runner(desk.settings).jobs, "export", f"local:{UserRole.OPERATOR}", {}
    )
    assert (await desk.file({"job_id": other.id})).json()["code"] == "job_not_found"


async def test_a_file_takes_no_more_memory_than_a_few_of_its_invoices(
    desk: InvoiceDesk,
) -> None:
    async def thick(document: InvoiceDocument) -> bytes:
        return await quick_renderer(document) + bytes(2 * MIB)

    job = await desk.made(a_runner(desk.settings, thick), ids=PAID)
    jobs, find = JobReads(Jobs(desk.db, "transactions")), MongoInvoices(desk.db).invoices_of
    file = await InvoiceFiles(jobs, find, invoice_archive).open(job["job_id"], OPERATOR)
    tracemalloc.start()
    try:
        sent = sum([len(part) async for part in file.parts])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > len(PAID) * 2 * MIB
    assert peak < 40 * MIB


async def test_a_cancelled_job_keeps_and_gives_what_was_made(desk: InvoiceDesk) -> None:
    gate, begun = asyncio.Event(), []

    async def held(document: InvoiceDocument) -> bytes:
        begun.append(document.transaction_id)
        if len(begun) == 3:
            await gate.wait()
        return await quick_renderer(document)

    accepted = await desk.ask(ids=PAID)
    running = asyncio.create_task(desk.run_jobs(a_runner(desk.settings, held)))
    await eventually(lambda: len(begun) == 3)
    assert (await desk.client.delete(accepted.headers["Location"])).status_code == 202
    for _ in range(2):  # the second renewal began behind the cancel
        until = await lease_end(desk)
        await eventually(lambda until=until: lease_moved(desk, until))  # type: ignore[misc]
    gate.set()
    await running
    job = (await desk.client.get(accepted.headers["Location"])).json()
    assert job["state"] == "CANCELLED"
    made = job["counts"]["SUCCEEDED"]
    assert 3 <= made <= 4
    assert job["counts"]["CANCELLED"] == 30 - made
    files, index = unzipped(await desk.file(job))
    assert len(files) == len(await desk.issued()) == made
    assert [line["Outcome"] for line in index].count("Cancelled") == 30 - made


async def lease_end(desk: InvoiceDesk) -> datetime:
    """Until when the only job is held."""
    (job,) = await desk.db["jobs"].find().to_list(2)
    until: datetime = job["lease"]["until"]
    return until


async def lease_moved(desk: InvoiceDesk, until: datetime) -> bool:
    """Whether the lease was renewed."""
    return await lease_end(desk) > until


async def test_a_pdf_that_cannot_be_made_fails_its_row_and_holds_up_no_other(
    desk: InvoiceDesk,
) -> None:
    async def torn(document: InvoiceDocument) -> bytes:
        if document.transaction_id == PAID[1]:
            raise DocumentNotRendered("It tore.")
        return await quick_renderer(document)

    job = await desk.made(a_runner(desk.settings, torn), ids=PAID[:4])
    assert job["counts"] == {"SUCCEEDED": 3, "FAILED": 1}
    rows = await desk.rows(job)
    assert [row["state"] for row in rows] == ["SUCCEEDED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert (rows[1]["code"], rows[1]["reason"]) == ("bulk_invoice_row_failed", "It tore.")
    files, index = unzipped(await desk.file(job))
    assert sorted(files) == [f"{number}.pdf" for number in numbers(3)]
    assert index[1]["Outcome"] == "Failed"


@pytest.mark.faults
@pytest.mark.parametrize(
    "point", ["command.after_reserve", "command.after_command", "command.before_result"]
)
async def test_a_process_that_is_killed_leaves_a_job_that_makes_no_invoice_twice(
    desk: InvoiceDesk, point: str
) -> None:
    accepted = await desk.ask(ids=PAID)
    doomed = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        DOOMED,
        env={**os.environ, **desk.environment, "PAYOPS_FAULT": f"{point}:12"},
    )
    assert await doomed.wait() == -signal.SIGKILL
    assert 11 <= len(await desk.issued()) <= 12
    # The job does so too, for what was idle longer than this test has time.
    await end_abandoned_transactions(desk.service.runtime.mongo, idle_seconds=0)
    runner = a_runner(desk.settings)
    claimed = await eventually(lambda: runner.jobs.claim([BulkInvoice.kind]))
    assert claimed is not None
    await runner.run_claimed(claimed)
    job = (await desk.client.get(accepted.headers["Location"])).json()
    assert (job["state"], job["counts"]) == ("DONE", {"SUCCEEDED": 30})
    assert [document["number"] for document in await desk.issued()] == numbers(30)
    assert await desk.audited("invoice.issue") == PAID
    files, _ = unzipped(await desk.file(job))
    assert sorted(files) == [f"{number}.pdf" for number in numbers(30)]
