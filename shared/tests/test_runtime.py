"""What a service asks its runtime for brings along what it needs; what is forgotten is told."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.errors import NotFound, Unavailable
from payops_kernel.http.lists import SortField
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters
from payops_kernel.mongo import ASCENDING, Collections, Document, IndexModel
from payops_kernel.ports import CommandAnswer, CommandContext, DueRow, Work
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing.callers import ClientOf
from payops_kernel.worker import START_ERRORS
from payops_testing.kernel.export_builders import COLUMNS, a_row
from payops_testing.services import drop

THINGS = DeclaredList(
    name="things",
    title="Things",
    about="A page of things.",
    row="Thing",
    collection="things",
    filters=Filters,
    sorts={"created_at": SortField("created_at")},
    default_sort="-created_at",
    missing=NotFound,
    columns=COLUMNS,
)
COMMAND = CommandContext(Principal.of("a", "A", [UserRole.OPERATOR], ""))
LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Things:
    """A store; a thing is what is stored of it."""

    indexes = {"things": [IndexModel([("created_at", ASCENDING)], name="by_date")]}

    def __init__(self, db: Collections) -> None:
        self.collection = db["things"]

    def to_document(self, aggregate: Any) -> Document:
        return {"_id": aggregate.id}

    def from_document(self, document: Document) -> Any:
        return document


class Forgetful(Things):
    """A store that does not say what it uses."""

    def __init__(self, db: Collections) -> None:
        super().__init__(db)
        self.notes = db["notes"]


@pytest.fixture
async def runtime(mongo_uri: str) -> AsyncIterator[Runtime]:
    prefix = f"test_{uuid4().hex[:12]}_"
    made = Runtime("things", ServiceSettings(mongo=mongo_uri, database_prefix=prefix))
    yield made
    await drop(made)


def with_a_list(runtime: Runtime) -> Service[Runtime]:
    """The route of one thing is named before the list and its exports are."""
    routes = APIRouter(prefix="/v1")

    @routes.get("/things/{thing_id}")
    async def one(thing_id: str) -> str:
        return f"the thing {thing_id}"

    runtime.store(Things)
    runtime.add_list(THINGS)
    service = runtime.service(routes)
    return replace(service, routers=service.routers[::-1])


async def test_a_list_brings_its_pages_files_jobs_view_and_collections(
    runtime: Runtime, client_of: ClientOf
) -> None:
    app = with_a_list(runtime).http_app("test", "test")
    await runtime.worker.ensure()
    names = set(await runtime.mongo.db.list_collection_names())
    assert {"things", "things_view", "exports", "export_files", "jobs", "job_rows"} <= names
    assert "by_date" in await runtime.mongo.db["things"].index_information()
    await runtime.mongo.db["things"].insert_one(a_row() | {"version": 1})
    async with client_of(app, UserRole.VIEWER) as viewer:
        assert (await viewer.get("/v1/things")).json()["total"] == 1
        file = await viewer.get("/v1/things/export")
        manifest = await viewer.get(f"/v1/exports/{file.headers['export-id']}/manifest")
        assert manifest.json()["rows"] == 1
        assert (await viewer.get("/v1/jobs/none")).json()["code"] == "job_not_found"


async def test_words_of_a_path_go_before_ids_whatever_the_order_of_the_routers(
    runtime: Runtime, client_of: ClientOf
) -> None:
    async with client_of(with_a_list(runtime).http_app("test", "test")) as viewer:
        assert (await viewer.get("/v1/things/export")).text != '"the thing export"'
        assert (await viewer.get("/v1/things/t-1")).json() == "the thing t-1"


async def test_a_collection_that_a_store_does_not_declare_is_not_there(runtime: Runtime) -> None:
    with pytest.raises(KeyError, match="notes"):
        runtime.store(Forgetful)


async def test_a_list_of_rows_that_no_store_declares_is_refused(runtime: Runtime) -> None:
    with pytest.raises(LookupError, match="no store declares the rows of things"):
        runtime.add_list(THINGS)


async def test_a_consumer_parks_what_is_early_and_has_its_time_looked_at(runtime: Runtime) -> None:
    things = MongoRepository(runtime.store(Things), missing=NotFound, says=lambda _: ())
    fold: dict[str, Any] = {"fact": str, "key": str, "fold": lambda thing, _: thing}
    runtime.consume(TRANSACTIONS_ON_PAYMENTS, things, **fold)
    assert runtime.due.kinds == {"parked:things"}


async def test_due_work_that_nothing_does_is_refused_when_it_is_planned(runtime: Runtime) -> None:
    async def forgotten(work: Work) -> CommandAnswer:
        work.schedule(DueRow("remind", "t-1", LATER, {}))
        return CommandAnswer(202, {})

    with pytest.raises(LookupError, match="nothing does due work of the kind remind"):
        await runtime.commands.run(COMMAND, forgotten)


async def test_a_job_that_nothing_does_is_refused_when_it_is_asked_for(runtime: Runtime) -> None:
    async def forgotten(work: Work) -> CommandAnswer:
        runtime.jobs.submit(work, "tidy-up", {})
        return CommandAnswer(202, {})

    with pytest.raises(LookupError, match="nothing does jobs of the kind tidy-up"):
        await runtime.commands.run(COMMAND, forgotten)


async def test_a_preparation_that_refuses_ends_the_process_and_says_why(runtime: Runtime) -> None:
    async def refuse() -> None:
        raise NotFound("The zone is another one.")

    runtime.prepare(refuse)
    with pytest.raises(NotFound):
        await runtime.worker.ensure()
    assert runtime.health.given_up == "The zone is another one."


async def test_a_database_that_is_away_before_the_first_record_is_waited_for(
    runtime: Runtime,
) -> None:
    async def away() -> None:
        raise Unavailable("the database does not answer in time; try again")

    runtime.prepare(away)
    with pytest.raises(START_ERRORS):  # what the worker tries again
        await runtime.worker.ensure()
    assert runtime.health.given_up is None
