"""A bulk action over a toy's rows: what a service writes for it, and what it gets."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest

from payops_contracts.money import Money
from payops_kernel.auth.principals import UserRole
from payops_kernel.bulk.action import Candidate, WorkAction
from payops_kernel.bulk.bulk import Candidates
from payops_kernel.bulk.routes import BulkPaths, Confirmation, bulk_routes
from payops_kernel.lists.choice import Choice
from payops_kernel.lists.filters import Filters
from payops_kernel.mongo import Collections, Database, Document, IndexModel
from payops_kernel.ports import Work
from payops_kernel.runtime import Runtime
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import drop


class Toys:
    """A store."""

    indexes: ClassVar[Mapping[str, list[IndexModel]]] = {"toys": []}

    def __init__(self, db: Collections) -> None:
        self.collection = db["toys"]


class Wind(WorkAction):
    """Winds toys up."""

    kind, audited, row_name = "toy-wind", "toy.bulk-wind", "toy"
    rows_max, takes = 3, "One winding takes {:,} toys"

    def __init__(self, db: Database) -> None:
        self._toys = db["toys"]

    async def do(self, work: Work, key: str, amount_minor: int | None) -> Mapping[str, Any]:
        turns = {"$set": {"wound": True, "paid": amount_minor}}
        work.write(lambda session: self._toys.update_one({"_id": key}, turns, session=session))
        return {"turns": 7}


def to_wind(stored: Document) -> Candidate:
    money = Money(stored["price"], "EUR") if "price" in stored else None
    return Candidate(stored["_id"], money, "It is wound up." if stored["wound"] else None)


TO_WIND = Candidates("toys", ("wound", "price"), to_wind)
PATHS = BulkPaths(
    path="/toys/windings",
    name="windings",
    tag="toys",
    role=UserRole.OPERATOR,
    choice=Choice[Filters],
    confirmation=Confirmation,
    previews="What would be wound.",
    does="Wind it.",
)


@pytest.fixture
async def runtime(mongo_uri: str) -> AsyncIterator[Runtime]:
    settings = ServiceSettings(mongo=mongo_uri, database_prefix=f"test_{uuid4().hex[:12]}_")
    made = Runtime("toys", settings)
    yield made
    await drop(made)


@pytest.fixture
async def operator(runtime: Runtime, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    """Three toys, of which one is wound up and one has a price."""
    toys = runtime.store(Toys)
    bulk = runtime.bulk(Wind(runtime.mongo.db), TO_WIND)
    routes = bulk_routes(runtime.commands, bulk, runtime.zone, PATHS)
    await runtime.worker.ensure()
    await toys.collection.insert_many(
        [
            {"_id": "bear", "version": 1, "wound": False},
            {"_id": "car", "version": 1, "wound": False, "price": 250},
            {"_id": "duck", "version": 1, "wound": True, "price": 100},
        ]
    )
    app = runtime.service(routes).http_app("toys", "toys")
    async with client_of(app, UserRole.OPERATOR) as client:
        yield client


async def confirm(operator: httpx.AsyncClient, preview_id: str, **more: Any) -> httpx.Response:
    return await operator.post(
        "/v1/toys/windings",
        json={"preview_id": preview_id, **more},
        headers={"Idempotency-Key": uuid4().hex},
    )


async def test_what_was_previewed_is_done_by_a_job_with_money_or_without(
    runtime: Runtime, operator: httpx.AsyncClient
) -> None:
    chosen = {"ids": ["bear", "car", "duck"]}
    preview = (await operator.post("/v1/toys/windings/previews", json=chosen)).json()
    assert (preview["chosen"], preview["count"]) == (3, 2)
    assert preview["sums"] == [{"currency": "EUR", "amount_minor": 250, "amount": "€2.50"}]
    assert preview["refused"] == [{"reason": "It is wound up.", "count": 1, "keys": ["duck"]}]
    accepted = await confirm(operator, preview["preview_id"])
    assert accepted.status_code == 202
    job = await runtime.jobs.jobs.claim([Wind.kind])
    assert job is not None
    await runtime.jobs.run_claimed(job)
    rows = (await operator.get(f"/v1/jobs/{job.id}/rows")).json()["items"]
    assert [(row["key"], row["state"]) for row in rows] == [
        ("bear", "SUCCEEDED"), ("car", "SUCCEEDED"),
    ]  # fmt: skip
    paid = {row["_id"]: row.get("paid") async for row in runtime.mongo.db["toys"].find()}
    assert paid == {"bear": None, "car": 250, "duck": None}


async def test_refusals_have_codes_of_the_action_and_of_no_other(
    runtime: Runtime, operator: httpx.AsyncClient
) -> None:
    many = await operator.post(
        "/v1/toys/windings/previews", json={"ids": ["a", "bear", "car", "duck"]}
    )
    assert many.status_code == 201, "what nobody knows is counted, and is no row"
    none = await confirm(operator, "twp-none")
    assert (none.status_code, none.json()["code"]) == (404, "toy_wind_preview_not_found")
    preview_id = many.json()["preview_id"]
    await runtime.mongo.db["toys"].update_many({}, {"$set": {"wound": True}})
    changed = await confirm(operator, preview_id)
    assert (changed.status_code, changed.json()["code"]) == (409, "toy_wind_set_changed")
    assert changed.json()["title"] == "The toys changed since the preview"
    left = await confirm(operator, preview_id, accept_removals=True)
    assert (left.status_code, left.json()["code"]) == (409, "toy_wind_nothing_chosen")
    await runtime.mongo.db["toys"].insert_one({"_id": "elk", "version": 1, "wound": True})
    ids = ["bear", "car", "duck", "elk"]
    large = await operator.post("/v1/toys/windings/previews", json={"ids": ids})
    assert (large.status_code, large.json()["code"]) == (422, "toy_wind_too_large")
    assert large.json()["detail"] == "One winding takes 3 toys; narrow the filter."


async def test_ids_of_no_row_hide_none_of_the_others_however_few_rows_an_action_takes(
    operator: httpx.AsyncClient,
) -> None:
    ids = ["a", "b", "c", "d", "bear", "car"]
    preview = (await operator.post("/v1/toys/windings/previews", json={"ids": ids})).json()
    assert (preview["chosen"], preview["count"]) == (6, 2)
    assert [each["count"] for each in preview["refused"]] == [4]


async def test_an_action_on_rows_that_no_store_declares_is_refused(runtime: Runtime) -> None:
    with pytest.raises(LookupError, match="no store declares the rows of toy-wind"):
        runtime.bulk(Wind(runtime.mongo.db), TO_WIND)
