"""The same pages from a real MongoDB: its own order of ties, nulls and missing fields."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.lists import Document, ListResource, SortField
from payops_kernel.lists.reads import page_of
from payops_kernel.mongo.client import Collection, connect
from payops_testing.kernel.dropping import drop_database

CODEC = CursorCodec("test")
THINGS = ListResource(
    "things",
    sorts={
        "created_at": SortField("created_at"),
        "amount": SortField("money.amount_minor", nullable=True),
    },
    default_sort="-created_at",
)
FIELDS = {"created_at": 1, "money": 1}
DAY = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNTS: tuple[Document, ...] = (
    {},
    {"money": None},
    {"money": {"amount_minor": None}},
    {"money": {"amount_minor": 0}},
    {"money": {"amount_minor": 500}},
)


@pytest.fixture
async def things(mongo_uri: str) -> Any:
    mongo = connect(mongo_uri, "payops_test_http_lists")
    await drop_database(mongo)
    rows = [
        {"_id": f"t{number:03}", "created_at": DAY + timedelta(milliseconds=day), **amount}
        for number, (day, amount, _) in enumerate(product(range(4), AMOUNTS, range(3)))
    ]
    await mongo.db.things.insert_many(rows)
    yield mongo.db.things
    await drop_database(mongo)
    mongo.close()


async def _page(things: Collection, sort: str, cursor: str | None) -> Any:
    page = THINGS.open(CODEC, filters={}, limit=7, sort=sort, cursor=cursor)

    async def count() -> int:
        return await things.count_documents({}, limit=31)

    return await page_of(things, page, {}, FIELDS, count, cap=30)


async def test_a_list_that_fits_one_page_is_not_counted(things: Collection) -> None:
    page = THINGS.open(CODEC, filters={}, limit=5)

    async def count() -> int:
        raise AssertionError("counted")

    found = await page_of(things, page, {"_id": "t001"}, FIELDS, count)
    assert (found.total, found.total_is_capped, found.next) == (1, False, None)


@pytest.mark.parametrize(
    "sort",
    ["created_at", "-created_at", "amount", "-amount", "-amount,created_at", "amount,-created_at"],
)
async def test_mongodb_pages_to_the_end_and_back_with_every_row_once(
    things: Collection, sort: str
) -> None:
    order = THINGS.open(CODEC, filters={}, sort=sort).sort
    whole = [row["_id"] async for row in things.find({}, sort=order.mongo())]
    pages = [await _page(things, sort, None)]
    while pages[-1].next:
        pages.append(await _page(things, sort, pages[-1].next))
    assert [row["_id"] for page in pages for row in page.items] == whole
    assert all(page.total_is_capped for page in pages[:-1])
    assert not pages[-1].total_is_capped  # the end says how many there are
    assert pages[-1].total == pages[-1].last == 60

    back = pages[-1]
    seen = [row["_id"] for row in back.items]
    while back.previous:
        back = await _page(things, sort, back.previous)
        seen = [row["_id"] for row in back.items] + seen
    assert seen == whole
