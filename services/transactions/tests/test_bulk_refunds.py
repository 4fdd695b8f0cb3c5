"""Bulk refunds on a real mongod: previewed, confirmed as previewed, each row once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.jobs.job import Job, job_of
from payops_kernel.jobs.store import Jobs
from payops_kernel.mongo import Session
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime
from payops_kernel.testing import SLOW_MACHINE
from payops_kernel.testing.callers import ClientOf
from payops_kernel.work import Done, Works
from payops_testing.services import service_on
from payops_testing.transactions.builders import a_dispute_fact, a_fact, folded
from transactions import bootstrap
from transactions.domain.facts import FactKind
from transactions.domain.refundability import BUILT_IN, CanRefund
from transactions.publishing import step_messages
from transactions.settings import Settings
from transactions.store.candidates import to_refund
from transactions.store.transactions import TransactionStore
from transactions.use_cases.bulk_refund import BulkRefund
from transactions.use_cases.read_transactions import transaction_not_found
from transactions.use_cases.request_refund import RequestRefund

PAID = [f"p-{number:03d}" for number in range(40)]
RENEW_SECONDS = 0.05
HEARD_WITHIN_SECONDS = 10.0 * SLOW_MACHINE


class BulkDesk:
    """An operator with a worker that runs a job when told."""

    def __init__(self, runtime: Runtime, client: httpx.AsyncClient) -> None:
        self.runtime, self.mongo, self.client = runtime, runtime.mongo, client
        self.runner, self.jobs = runtime.jobs, runtime.jobs.jobs
        self.runner.renew_seconds = RENEW_SECONDS

    async def preview(self, **choice: Any) -> dict[str, Any]:
        answer = await self.client.post("/v1/transactions/bulk-refunds/previews", json=choice)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def confirm(self, preview_id: str, key: str = "", **more: Any) -> httpx.Response:
        return await self.client.post(
            "/v1/transactions/bulk-refunds",
            json={"preview_id": preview_id, "reason": "recall", **more},
            headers={"Idempotency-Key": key or uuid4().hex},
        )

    async def run_jobs(self) -> None:
        while (job := await self.jobs.claim([BulkRefund.kind])) is not None:
            await self.runner.run_claimed(job)

    async def in_flight(self) -> int:
        return sum((await self.in_flight_of()).values())

    async def in_flight_of(self) -> dict[str, int]:
        """What is reserved, by transaction; only those of which something is."""
        rows = self.mongo.db["transactions"].find({"in_flight_minor": {"$gt": 0}})
        return {row["_id"]: int(row["in_flight_minor"]) async for row in rows}

    async def rows(self, job_id: str) -> list[dict[str, Any]]:
        """The job's rows, in its order."""
        answer = await self.client.get(f"/v1/jobs/{job_id}/rows", params={"limit": 200})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def published(self, topic: str) -> list[dict[str, Any]]:
        """The data of every event or command for a topic, in the order of its commit."""
        documents = self.mongo.db["outbox"].find(sort=[("order", 1)])
        messages = [message async for each in documents for message in each["messages"]]
        return [orjson.loads(m["value"])["data"] for m in messages if m["topic"] == topic]


@pytest.fixture
async def desk(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[BulkDesk]:
    facts = [folded(a_fact(FactKind.PAID, transaction_id=key, event_id=key)) for key in PAID]
    facts.append(folded(a_fact(FactKind.CREATED, transaction_id="created")))
    disputed = folded(a_fact(FactKind.PAID, transaction_id="t-1"), a_dispute_fact())
    async with service_on(mongo_uri, bootstrap, Settings()) as service:
        store = TransactionStore(service.runtime.mongo.db)
        await store.collection.insert_many([store.to_document(t) for t in [*facts, disputed]])
        async with client_of(service.http_app("test", "test"), UserRole.OPERATOR) as client:
            yield BulkDesk(service.runtime, client)


async def built_in() -> CanRefund:
    """Which pairs have refunds while no catalogue has arrived."""
    return BUILT_IN.can_refund


async def test_a_filter_is_previewed_with_sums_and_with_who_cannot_be(desk: BulkDesk) -> None:
    found = await desk.preview(filter={}, all=True)
    assert (found["chosen"], found["count"]) == (42, 40)
    assert found["sums"] == [{"currency": "USD", "amount_minor": 40 * 1200, "amount": "US$480.00"}]
    assert sum(row["count"] for row in found["refused"]) == 2


async def test_a_confirmed_preview_refunds_each_row_once_whatever_is_repeated(
    desk: BulkDesk,
) -> None:
    found = await desk.preview(filter={"status": ["PAID"], "q": "p-"})
    first = await desk.confirm(found["preview_id"], key="k")
    again = await desk.confirm(found["preview_id"], key="k")
    assert first.status_code == 202
    assert again.json()["job_id"] == first.json()["job_id"]
    await asyncio.gather(desk.run_jobs(), desk.run_jobs())
    job = (await desk.client.get(first.headers["Location"])).json()
    assert (job["state"], job["progress"]) == ("DONE", {"done": 40, "total": 40})
    assert await desk.in_flight() == 40 * 1200
    assert {row["key"] for row in await desk.rows(job["job_id"])} == set(PAID)


async def test_a_set_that_changed_is_refused_with_the_difference_and_goes_on_when_accepted(
    desk: BulkDesk,
) -> None:
    found = await desk.preview(ids=PAID[:10])
    one = await desk.client.post(
        f"/v1/transactions/{PAID[0]}/refunds", json={"reason": "first"},
        headers={"Idempotency-Key": "one"},
    )  # fmt: skip
    assert one.status_code == 202
    refused = await desk.confirm(found["preview_id"])
    assert (refused.status_code, refused.json()["gone"]) == (409, [PAID[0]])
    accepted = await desk.confirm(found["preview_id"], accept_removals=True)
    assert accepted.status_code == 202
    await desk.run_jobs()
    assert await desk.in_flight() == 10 * 1200


async def test_a_row_that_changes_while_the_job_runs_is_refused_alone(desk: BulkDesk) -> None:
    found = await desk.preview(ids=PAID[:3])
    accepted = await desk.confirm(found["preview_id"])
    await desk.client.post(
        f"/v1/transactions/{PAID[1]}/refunds", json={"amount_minor": 1, "reason": "first"},
        headers={"Idempotency-Key": "one"},
    )  # fmt: skip
    await desk.run_jobs()
    rows = await desk.rows(accepted.json()["job_id"])
    assert [row["state"] for row in rows] == ["SUCCEEDED", "REFUSED", "SUCCEEDED"]
    assert rows[1]["code"] == "refund_exceeds_remaining"
    assert await desk.in_flight() == 2 * 1200 + 1


async def test_a_confirmation_that_refunds_nothing_is_refused(desk: BulkDesk) -> None:
    nothing = await desk.preview(ids=["created", "nobody"])
    one = await desk.preview(ids=PAID[:1])
    await desk.client.post(
        f"/v1/transactions/{PAID[0]}/refunds", json={"reason": "first"},
        headers={"Idempotency-Key": "one"},
    )  # fmt: skip
    for preview in (nothing, one):
        refused = await desk.confirm(preview["preview_id"], accept_removals=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "bulk_refund_nothing_chosen")
    assert await desk.jobs.claim([BulkRefund.kind]) is None


async def test_the_rows_of_a_refunds_status_are_chosen(desk: BulkDesk) -> None:
    for key in PAID[:2]:
        asked = {"reason": "first", "amount_minor": 100}
        await desk.client.post(
            f"/v1/transactions/{key}/refunds", json=asked, headers={"Idempotency-Key": key}
        )
    found = await desk.preview(filter={"refund_status": ["REQUESTED", "UNKNOWN"]})
    assert {row["key"]: row["amount_minor"] for row in found["rows"]} == dict.fromkeys(
        PAID[:2], 1_100
    )


async def test_a_preview_is_its_owners(desk: BulkDesk) -> None:
    assert (await desk.confirm("brp-unknown")).status_code == 404


async def test_ids_that_nobody_knows_are_counted(desk: BulkDesk) -> None:
    found = await desk.preview(ids=[*PAID[:2], "nobody", "nobody"])
    assert (found["chosen"], found["count"]) == (3, 2)
    reason = "There is no transaction with this ID."
    assert found["refused"] == [{"reason": reason, "count": 1, "keys": []}]


@pytest.mark.parametrize("kind", ["bulk-refunds", "bulk-invoices"])
@pytest.mark.parametrize(
    "choice",
    [
        {}, {"filter": {}}, {"ids": []}, {"ids": None}, {"ids": ["a"], "filter": {}},
        {"filter": None}, {"filter": {"customer": []}}, {"filter": {"q": None}},
        {"filter": {"q": "\u00a0"}}, {"filter": {"status": [], "method": []}},
        {"all": True, "ids": ["a"]}, {"all": True, "filter": {"q": "p-"}}, {"all": False},
        {"all": False, "filter": {}}, {"all": None, "filter": {"q": "p-"}}, {"all": "true"},
        {"all": 1}, {"ids": ["a"], "filter": {"q": "p-"}},
    ],
)  # fmt: skip
async def test_a_choice_is_ids_or_conditions_or_all_and_nothing_is_not_all(
    desk: BulkDesk, kind: str, choice: dict[str, Any]
) -> None:
    answer = await desk.client.post(f"/v1/transactions/{kind}/previews", json=choice)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_all_is_said_alone_or_beside_an_empty_filter(desk: BulkDesk) -> None:
    alone, beside = await desk.preview(all=True), await desk.preview(all=True, filter={})
    assert alone["chosen"] == beside["chosen"] == 42


async def test_a_cancelled_job_leaves_the_rest_alone(desk: BulkDesk) -> None:
    found = await desk.preview(ids=PAID)
    accepted = await desk.confirm(found["preview_id"])
    cancelled = await desk.client.delete(accepted.headers["Location"])
    assert cancelled.status_code == 202
    await desk.run_jobs()
    assert await desk.in_flight() == 0
    stored = await desk.mongo.db["jobs"].find_one({"_id": accepted.json()["job_id"]})
    assert stored is not None
    assert job_of(stored).state.ended


async def test_the_audit_records_of_rows_name_job_and_row_and_the_trace_of_who_confirmed(
    desk: BulkDesk,
) -> None:
    found = await desk.preview(ids=PAID[:4])
    job_id = (await desk.confirm(found["preview_id"], comment="all of them")).json()["job_id"]
    await desk.run_jobs()
    confirmed, *told = await desk.published("payops.audit")
    by_target = {each["target_id"]: each["idempotency_key"] for each in told}
    assert by_target == {row["key"]: f"{job_id}:{row['number']}" for row in await desk.rows(job_id)}
    assert {each["trace_id"] for each in told} == {confirmed["trace_id"]}
    assert confirmed["trace_id"]
    assert {(each["action"], each["comment"]) for each in told} == {
        ("refund.request", "all of them")
    }
    assert await desk.mongo.db["idempotency"].count_documents({}) == 1


async def test_a_job_cancelled_in_mid_run_keeps_what_is_done_and_leaves_the_rest_alone(
    desk: BulkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await desk.preview(ids=PAID)
    accepted = await desk.confirm(found["preview_id"])
    heard, renew, together = asyncio.Event(), Jobs.renew, Works.together
    batches = iter(range(1, 5))
    answers: list[httpx.Response] = []

    async def renewed(jobs: Jobs, *progress: Any) -> Job | None:
        kept = await renew(jobs, *progress)
        if kept is not None and kept.cancel_requested:
            heard.set()
        return kept

    async def cancelled_at_the_second(
        works: Works, session: Session, asked: Sequence[Any]
    ) -> list[Done[Any]]:
        if len(asked) == 10 and next(batches) == 2:
            answers.append(await desk.client.delete(accepted.headers["Location"]))
            async with asyncio.timeout(HEARD_WITHIN_SECONDS):
                await heard.wait()
        return await together(works, session, asked)

    monkeypatch.setattr(Jobs, "renew", renewed)
    monkeypatch.setattr(Works, "together", cancelled_at_the_second)
    transactions = MongoRepository(
        TransactionStore(desk.mongo.db), missing=transaction_not_found, says=step_messages
    )
    action = BulkRefund(RequestRefund(transactions, built_in))
    desk.runtime.bulk(
        action, to_refund(BUILT_IN.can_refund), rows_together=10, transactions_at_once=1
    )
    await desk.run_jobs()
    assert [(a.status_code, a.json()["state"]) for a in answers] == [(202, "RUNNING")]
    job = (await desk.client.get(accepted.headers["Location"])).json()
    assert (job["state"], job["counts"]) == ("CANCELLED", {"SUCCEEDED": 20, "CANCELLED": 20})
    rows = await desk.rows(job["job_id"])
    assert [row["state"] for row in rows] == ["SUCCEEDED"] * 20 + ["CANCELLED"] * 20
    refunded = {row["key"]: 1200 for row in rows[:20]}
    assert await desk.in_flight_of() == refunded
    commands = await desk.published("payops.payment-commands")
    assert {each["transaction_id"]: each["amount_minor"] for each in commands} == refunded
    assert len(commands) == 20
    audited = Counter(each["action"] for each in await desk.published("payops.audit"))
    assert audited == {"refund.bulk-request": 1, "refund.request": 20, "job.cancel": 1}
    await desk.run_jobs()
    assert await desk.in_flight_of() == refunded
