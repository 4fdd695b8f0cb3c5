"""How many index keys a page of the list costs, whichever filters are put together.

What no index answers alone is bounded by two ways to do it: through the rows in the list's order
until the page is full, or through all rows that a filter leaves, sorted then. The cheaper of both
is at worst the geometric mean of page and collection, which the bounds below are multiples of.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import combinations, product
from math import isqrt
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from payops_contracts.payments import PaymentType, TransactionStatus
from payops_contracts.refunds import RefundStatus
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Mongo, connect, ensure_collections
from payops_kernel.mongo.reads import READ_TIME_MAX_MS
from payops_testing.kernel.dropping import drop_database
from payops_testing.transactions.skewed_rows import CAMPAIGN_DAY, STORE, YEAR_START, skewed_rows
from transactions.api.transaction_list import TRANSACTION_LIST, TransactionFilters
from transactions.domain.refunds import IN_FLIGHT
from transactions.store.transactions import COLLECTION, INDEXES

ROWS, ROWS_FULL = 100_000, 1_000_000
TRIED, TRIED_FULL = 300, 2_000
PAGE = 51
KEYS_A_ROW, KEYS_FREE = 50, 1_000
MEANS_MAX, MEANS_MAX_ALONE = 3, 2
"""Filters by field, together and alone: this many geometric means of page and collection, in rows
looked at. A key of an index that answers a filter costs about a quarter of that."""
KEYS_A_ROW_LOOKED_AT = 4
SEARCH_SHARE = 0.1
"""With a filter that is left to mongod, beside others: this share of the collection."""
OVER_BUDGET_SHARE = 0.35
"""Combinations over the budget: measured 5 % of those on 100,000 rows, 32 % on 1,000,000."""
CUT_BY_TIME = 50
SECONDARY_INDEXES_MAX = 6
COUNTED = ("totalKeysExamined", "totalDocsExamined", "nReturned")

on_one_loop = pytest.mark.asyncio(loop_scope="module")

Part = dict[str, Any]


def _days(start: int, count: int) -> Part:
    at = YEAR_START + timedelta(days=start)
    return {"created_from": at, "created_to": at + timedelta(days=count)}


FILTERS: dict[str, list[Part]] = {
    "status": [
        {"status": [TransactionStatus.PAID]},
        {"status": [TransactionStatus.TOTALLY_REFUNDED]},
        {"status": [TransactionStatus.FAILED, TransactionStatus.CREATED]},
    ],
    "method": [{"method": [word]} for word in ("credit-cards", "klarna", "gift-card")],
    "channel": [{"channel": [word]} for word in ("web", "pos", "kiosk")],
    "provider": [{"provider": [word]} for word in ("stripe", "flowpay", "braintree")],
    "type": [{"type": [kind]} for kind in PaymentType],
    "currency": [{"currency": [word]} for word in ("EUR", "JPY", "KWD")],
    "refund_status": [
        {"refund_status": [RefundStatus.SUCCEEDED]},
        {"refund_status": [RefundStatus.FAILED]},
        {"refund_status": list(IN_FLIGHT)},
    ],
    "created": [_days(10, 1), _days(CAMPAIGN_DAY, 1), _days(60, 30)],
    "amount": [
        {"amount_from": 999, "amount_to": 999},
        {"amount_from": 50_000},
        {"amount_from": 1000, "amount_to": 3000},
    ],
    "customer": [{"customer": [word]} for word in ("u-1", "u-40", "u-30000")],
    "subscription": [{"subscription_id": [key]} for key in ("sub-1", "sub-40", "sub-30000")],
    "q": [{"q": word} for word in ("maria", "ORD-0000", "zoe.ng")],
}
SEARCHES = {"customer", "q"}
LEFT_TO_MONGOD = SEARCHES | {"refund_status", "subscription"}
"""Filters with an index of their own, which no sample is asked about."""
SORTS = list(product(("created_at", "amount_minor"), (-1, 1)))


def _choices() -> Iterator[tuple[set[str], Part]]:
    """Up to three filters, in all combinations of their values."""
    for size in range(4):
        for names in combinations(FILTERS, size):
            for values in product(*(FILTERS[name] for name in names)):
                yield set(names), {key: v for value in values for key, v in value.items()}


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> int:
    return ROWS_FULL if request.config.getoption("--full") else ROWS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str, rows: int) -> AsyncIterator[Mongo]:
    """A database with the skewed rows and the service's indexes."""
    mongo = connect(mongo_uri, f"budget_{uuid4().hex[:8]}")
    for batch in skewed_rows(rows):
        await mongo.db[COLLECTION].insert_many(batch, ordered=False)
    await ensure_collections(mongo.db, INDEXES)
    yield mongo
    await drop_database(mongo)
    mongo.close()


@pytest.fixture(scope="module")
def reads(filled: Mongo) -> ListReads:
    return ListReads(filled.db, TRANSACTION_LIST)


async def _page_cost(
    mongo: Mongo, reads: ListReads, wanted: TransactionFilters, sort: tuple[str, int]
) -> Part:
    query, way = await reads.way_to_page(wanted.condition(), sort[0], PAGE - 1)
    cost: Part = dict.fromkeys(COUNTED, 0)
    for each in way.queries(query):
        find = {
            "find": COLLECTION,
            "filter": each,
            "projection": TRANSACTION_LIST.fields,
            "sort": {sort[0]: sort[1], "_id": sort[1]},
            "limit": PAGE,
            "maxTimeMS": READ_TIME_MAX_MS,
        } | ({} if way.index is None else {"hint": way.index})
        told = await mongo.db.command({"explain": find, "verbosity": "executionStats"})
        stats = told["executionStats"]
        cost |= {name: cost[name] + stats[name] for name in COUNTED}
        cost["errorCode"] = cost.get("errorCode") or stats.get("errorCode")
    return cost


def _rows_worth(stats: Part) -> float:
    return float(stats["totalDocsExamined"] + stats["totalKeysExamined"] / KEYS_A_ROW_LOOKED_AT)


def test_there_are_no_more_secondary_indexes_than_the_budget_allows() -> None:
    assert len(INDEXES[COLLECTION]) <= SECONDARY_INDEXES_MAX


def test_the_rows_are_what_the_store_would_write() -> None:
    for row in next(skewed_rows(500)):
        assert STORE.to_document(STORE.from_document(row)) == row


@on_one_loop
@pytest.mark.timeout(900)
async def test_a_page_costs_no_more_keys_than_the_bounds_whatever_the_filters(
    filled: Mongo, reads: ListReads, rows: int, request: pytest.FixtureRequest
) -> None:
    cases = list(product(_choices(), SORTS))
    tried = TRIED_FULL if request.config.getoption("--full") else TRIED
    over, broken = 0, []
    for (names, parts), sort in Random(3).sample(cases, tried):
        stats = await _page_cost(filled, reads, TransactionFilters(**parts), sort)
        if stats.get("errorCode") == CUT_BY_TIME:
            continue
        keys = stats["totalKeysExamined"]
        budget = KEYS_A_ROW * stats["nReturned"] + KEYS_FREE
        means = MEANS_MAX * isqrt(PAGE * rows)
        over += keys > budget
        if names & LEFT_TO_MONGOD:
            cost, bound = keys, max(budget, means, int(rows * SEARCH_SHARE))
        else:
            cost, bound = _rows_worth(stats), max(budget, means)
        if cost > bound or stats["totalDocsExamined"] > 2 * bound:
            broken.append((sort, parts, cost, bound))
    assert not broken, broken[:5]
    assert over <= tried * OVER_BUDGET_SHARE


@on_one_loop
@pytest.mark.parametrize("sort", SORTS)
async def test_one_filter_alone_stays_close_to_the_budget(
    filled: Mongo, reads: ListReads, rows: int, sort: tuple[str, int]
) -> None:
    for names, parts in _choices():
        if len(names) == 1 and not names & SEARCHES:
            stats = await _page_cost(filled, reads, TransactionFilters(**parts), sort)
            budget = KEYS_A_ROW * stats["nReturned"] + KEYS_FREE
            bound = max(budget, MEANS_MAX_ALONE * isqrt(PAGE * rows))
            assert _rows_worth(stats) <= bound, parts
