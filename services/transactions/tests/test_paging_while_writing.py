"""Through the whole list, there and back, while rows come and change: none twice, none left out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from payops_kernel.auth.principals import UserRole
from payops_kernel.mongo import Mongo, connect, ensure_collections
from payops_kernel.testing.callers import ClientOf
from payops_testing.kernel.dropping import drop_database
from payops_testing.transactions.skewed_rows import skewed_rows
from transactions.main import create_app
from transactions.store.transactions import COLLECTION, INDEXES

ROWS, ROWS_FULL = 8_000, 100_000
PAGE = 200
WRITES_AT_ONCE = 20

pytestmark = pytest.mark.asyncio(loop_scope="module")

Document = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str, request: pytest.FixtureRequest) -> AsyncIterator[Mongo]:
    """A database with the skewed rows and the service's indexes."""
    mongo = connect(mongo_uri, f"paging_{uuid4().hex[:8]}_transactions")
    await ensure_collections(mongo.db, INDEXES)
    for batch in skewed_rows(ROWS_FULL if request.config.getoption("--full") else ROWS):
        await mongo.db[COLLECTION].insert_many(batch, ordered=False)
    yield mongo
    await drop_database(mongo)
    mongo.close()


@pytest_asyncio.fixture(loop_scope="module")
async def client(
    filled: Mongo, mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("PAYOPS_MONGO", mongo_uri)
    monkeypatch.setenv("PAYOPS_DATABASE_PREFIX", filled.db.name.removesuffix("transactions"))
    async with client_of(create_app(), UserRole.VIEWER) as asking:
        yield asking


class Traffic:
    """What goes on meanwhile: new rows of all dates, and changes of status."""

    def __init__(self, mongo: Mongo, known: list[str], prefix: str) -> None:
        self.moved: set[str] = set()
        self.written = 0
        self._rows = mongo.db[COLLECTION]
        self._known = known
        self._prefix = prefix
        self._random = Random(prefix)

    async def run(self) -> None:
        """Write until cancelled."""
        coming = skewed_rows(len(self._known), seed=5, prefix=self._prefix)
        for batch in coming:
            for start in range(0, len(batch), WRITES_AT_ONCE):
                await self._write(batch[start : start + WRITES_AT_ONCE])
                await asyncio.sleep(0)

    async def _write(self, rows: list[Document]) -> None:
        moving = self._random.sample(self._known, 5)
        self.moved.update(moving)
        await self._rows.insert_many(rows, ordered=False)
        await self._rows.update_many(
            {"_id": {"$in": moving}}, {"$set": {"status": "FAILED"}, "$inc": {"version": 1}}
        )
        self.written += 1


@asynccontextmanager
async def traffic(mongo: Mongo, known: list[str]) -> AsyncIterator[Traffic]:
    """Traffic while the block runs."""
    going = Traffic(mongo, known, uuid4().hex[:6])
    task = asyncio.create_task(going.run())
    try:
        yield going
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
    assert ended is None or isinstance(ended, asyncio.CancelledError), ended
    assert going.written > 0


async def _walk(
    client: httpx.AsyncClient, way: str, cursor: str | None, query: Document
) -> tuple[list[str], Document]:
    """The ids that lie this way, page by page, and the last page."""
    seen: list[str] = []
    while True:
        params = {"limit": PAGE, **query, **({"cursor": cursor} if cursor else {})}
        answer = await client.get("/v1/transactions", params=params)
        assert answer.status_code == 200, answer.text
        page: Document = answer.json()
        ids = [row["transaction_id"] for row in page["items"]]
        seen += ids if way == "next" else reversed(ids)
        cursor = page[way]
        if cursor is None:
            return seen, page


async def _stored(mongo: Mongo, query: Document) -> list[str]:
    return [row["_id"] async for row in mongo.db[COLLECTION].find(query, projection={"_id": 1})]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sort", ["-created_at", "created_at", "-amount", "amount"])
async def test_all_rows_are_seen_once_there_and_back_while_others_come_and_change(
    filled: Mongo, client: httpx.AsyncClient, sort: str
) -> None:
    known = await _stored(filled, {})
    async with traffic(filled, known):
        there, last = await _walk(client, "next", None, {"sort": sort})
        back, _ = await _walk(client, "previous", last["previous"], {"sort": sort})
    back = [row["transaction_id"] for row in reversed(last["items"])] + back
    for seen in (there, back):
        assert len(set(seen)) == len(seen)
        assert set(known) <= set(seen)
    both = set(there) & set(back)
    assert [key for key in there if key in both] == [key for key in reversed(back) if key in both]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sort", ["-created_at", "amount"])
async def test_rows_that_keep_matching_a_filter_are_seen_once_while_others_leave_it(
    filled: Mongo, client: httpx.AsyncClient, sort: str
) -> None:
    query = {"status": "PAID", "channel": ["web", "pos"], "sort": sort}
    known = await _stored(filled, {"status": "PAID", "channel": {"$in": ["web", "pos"]}})
    async with traffic(filled, known) as going:
        seen, _ = await _walk(client, "next", None, query)
    assert len(set(seen)) == len(seen)
    assert set(known) - going.moved <= set(seen)
    assert going.moved
