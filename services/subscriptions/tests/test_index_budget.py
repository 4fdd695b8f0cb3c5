"""How many rows and keys a page costs on many skewed rows, one filter or two put together.

At worst it is the geometric mean of page and collection, as for transactions.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import isqrt
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Int64, Mongo, connect, ensure_collections
from payops_testing.kernel.dropping import drop_database
from subscriptions.api.subscription_list import SUBSCRIPTION_LIST, SubscriptionFilters
from subscriptions.store.subscriptions import BY_END, COLLECTION, INDEXES, NO_DAY

ROWS, BATCH, PAGE = 40_000, 2_000, 51
KEYS_A_ROW, KEYS_FREE = 50, 1_000
MEANS_MAX = 3
KEYS_A_ROW_LOOKED_AT = 4
SECONDARY_INDEXES_MAX = 6
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
STATUSES = {"ACTIVE": 70, "NOT_ACTIVE": 25, "ON_HOLD": 4, "CREATED": 1}
REASONS = {"CANCELLED": 80, "ABORTED": 15, "EXPIRED": 4, "PAYMENT_METHOD_REVOKED": 1}
PROVIDERS = {"stripe": 80, "adyen": 18, "nexi": 2}
METHODS = {"credit-cards": 90, "sepa-debit": 9, "pay-pal": 1}
CURRENCIES = {"USD": 95, "EUR": 4, "KWD": 1}
FILTERS: list[dict[str, Any]] = [
    {"status": ["ACTIVE"]}, {"status": ["CREATED"]}, {"end_reason": ["PAYMENT_METHOD_REVOKED"]},
    {"provider": ["nexi"]}, {"method": ["pay-pal"]}, {"currency": ["KWD"]},
    {"customer": ["u-7"]}, {"q": "u-7"},
    {"created_from": BEGIN + timedelta(days=100), "created_to": BEGIN + timedelta(days=101)},
    {"amount_from": 9_000}, {"amount_from": 100, "amount_to": 300},
    {"next_payment_from": "2026-01-01", "next_payment_to": "2026-01-01"},
    {"started_from": BEGIN + timedelta(days=100), "started_to": BEGIN + timedelta(days=101)},
    {"ended_from": BEGIN + timedelta(days=100), "ended_to": BEGIN + timedelta(days=101)},
    {"active_on": (BEGIN + timedelta(days=100)).date()},
]  # fmt: skip
WALKED = {"started_from", "active_on"}
"""No index begins with these, there are six: every key of one in the list's order is looked at."""
on_one_loop = pytest.mark.asyncio(loop_scope="module")


def skewed(count: int) -> Iterator[list[dict[str, Any]]]:
    """Rows in batches: the fields that the list asks about, and no others."""
    random = Random(5)

    def one_of(weights: dict[str, int]) -> str:
        return random.choices(list(weights), list(weights.values()))[0]

    for start in range(0, count, BATCH):
        rows = []
        for number in range(start, start + BATCH):
            when, status = (
                BEGIN + timedelta(seconds=random.randrange(365 * 86_400)),
                one_of(STATUSES),
            )
            customer = f"u-{int(random.paretovariate(1)) % 5_000}"
            row = {
                "_id": f"SUB-{number:05d}", "version": 1, "created_at": when, "status": status,
                "provider": one_of(PROVIDERS), "method": one_of(METHODS),
                "currency": one_of(CURRENCIES), "next_payment_on": NO_DAY,
                "amount_minor": Int64(int(100 * random.paretovariate(1.2)) % 100_000),
                "search": [f"sub-{number:05d}", "\x1f" + customer, customer],
            }  # fmt: skip
            if status != "CREATED":
                row["started_at"] = when + timedelta(minutes=random.randrange(3_000))
            if status == "NOT_ACTIVE":
                row["ended_at"] = when + timedelta(days=random.randrange(200))
                row["end_reason"] = one_of(REASONS)
            else:
                day = BEGIN.date() + timedelta(days=365 + random.randrange(30))
                row["next_payment_on"] = day.isoformat()
            rows.append(row)
        yield rows


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    mongo = connect(mongo_uri, f"budget_{uuid4().hex[:8]}_subscriptions")
    for rows in skewed(ROWS):
        await mongo.db[COLLECTION].insert_many(rows, ordered=False)
    await ensure_collections(mongo.db, INDEXES, [])
    yield mongo
    await drop_database(mongo)
    mongo.close()


async def cost_of(mongo: Mongo, parts: dict[str, Any], field: str) -> tuple[float, int, int]:
    """Rows looked at, a key counted as a quarter of one; rows fetched; rows returned."""
    reads = ListReads(mongo.db, SUBSCRIPTION_LIST)
    asked = SubscriptionFilters.model_validate(parts).condition()
    query, way = await reads.way_to_page(asked, field, PAGE - 1)
    looked, fetched, returned = 0.0, 0, 0
    for each in way.queries(query):
        find = {
            "find": COLLECTION, "filter": each, "projection": SUBSCRIPTION_LIST.fields,
            "sort": {field: -1, "_id": -1}, "limit": PAGE,
        } | ({} if way.index is None else {"hint": way.index})  # fmt: skip
        told = await mongo.db.command({"explain": find, "verbosity": "executionStats"})
        stats = told["executionStats"]
        looked += stats["totalDocsExamined"] + stats["totalKeysExamined"] / KEYS_A_ROW_LOOKED_AT
        fetched += stats["totalDocsExamined"]
        returned += stats["nReturned"]
    return looked, fetched, returned


def test_there_are_no_more_secondary_indexes_than_the_budget_allows() -> None:
    assert len(INDEXES[COLLECTION]) <= SECONDARY_INDEXES_MAX


@on_one_loop
@pytest.mark.timeout(900)
async def test_a_page_stays_within_the_budget_by_one_filter_and_by_two(filled: Mongo) -> None:
    pairs = [
        first | second for first, second in combinations(FILTERS, 2) if not first.keys() & second
    ]
    broken = []
    for parts in [{}, *FILTERS, *pairs]:
        looked, fetched, returned = await cost_of(filled, parts, "created_at")
        bound = max(KEYS_A_ROW * returned + KEYS_FREE, MEANS_MAX * isqrt(PAGE * ROWS))
        if parts.keys() & WALKED:
            bound = max(bound, ROWS // KEYS_A_ROW_LOOKED_AT + KEYS_FREE)
        if looked > bound:
            broken.append((parts, looked, fetched, returned))
    assert not broken, "\n".join(map(str, broken))


@on_one_loop
async def test_those_that_ended_are_looked_for_among_themselves_and_nothing_else_is(
    filled: Mongo,
) -> None:
    reads = ListReads(filled.db, SUBSCRIPTION_LIST)
    pairs = [first | second for first, second in combinations(FILTERS, 2)]
    chosen = set()
    for parts in [{}, *FILTERS, *pairs]:
        asked = SubscriptionFilters.model_validate(parts).condition()
        ways = {
            (await reads.way_to_page(asked, field.path, PAGE - 1))[1].index
            for field in SUBSCRIPTION_LIST.sorts.values()
        }
        if asked.keys().isdisjoint({"end_reason", "ended_at"}):
            assert BY_END not in ways, parts
        if parts.keys().isdisjoint(WALKED):
            counted = await filled.db[COLLECTION].count_documents(asked, limit=10_001)
            assert await reads.count(asked) in {counted, None}, parts  # None: not in time
        chosen |= ways
    assert BY_END in chosen


@on_one_loop
@pytest.mark.parametrize("field", ["amount_minor", "next_payment_on"])
async def test_a_page_in_another_order_stays_within_the_budget(filled: Mongo, field: str) -> None:
    broken = []
    for parts in [{}, *FILTERS]:
        looked, fetched, returned = await cost_of(filled, parts, field)
        bound = max(KEYS_A_ROW * returned + KEYS_FREE, MEANS_MAX * isqrt(PAGE * ROWS))
        if looked > (ROWS if parts.keys() & WALKED else bound):
            broken.append((parts, looked, fetched, returned))
    assert not broken, "\n".join(map(str, broken))
