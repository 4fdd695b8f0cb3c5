"""How many rows and keys a page costs on many skewed rows, one filter or two put together.

At worst it is the geometric mean of page and collection, as for transactions.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import combinations
from math import isqrt
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from billing_debits.api.attempt_list import ATTEMPT_LIST
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.api.exception_list import EXCEPTION_LIST
from billing_debits.store.charges import INDEXES as CHARGE_INDEXES
from billing_debits.store.rows import INDEXES as ROW_INDEXES
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Int64, Mongo, connect, ensure_collections
from payops_testing.billing_debits.builders import at
from payops_testing.kernel.dropping import drop_database

ROWS, BATCH, PAGE = 40_000, 2_000, 51
KEYS_A_ROW, KEYS_FREE = 50, 1_000
MEANS_MAX = 3
KEYS_A_ROW_LOOKED_AT = 4
RAILS = {"ACH": 80, "SEPA": 18, "CARD": 2}
CURRENCIES = {"USD": 95, "EUR": 4, "KWD": 1}
CHARGE_STATUSES = {"FINALIZED": 88, "TEMP_REJECTED": 6, "PENDING": 4, "PERMANENT_REJECTED": 2}
ATTEMPT_STATUSES = {"FINALIZED": 80, "TEMP_REJECTED": 15, "PERMANENT_REJECTED": 4, "UNKNOWN": 1}
KINDS = {"RESULT_MISSING": 95, "FAILED_AFTER_SUCCESS": 4, "OVERCOLLECTED": 1}
SCANNED = {"rail", "currency", "amount_from", "amount_to"}
"""Of attempts no index begins with these, there are six: every key is looked at, few rows are."""
LISTS = {each.name: each for each in (CHARGE_LIST, ATTEMPT_LIST, EXCEPTION_LIST)}
CYCLE = f"{at(100):%Y%m}01"
MONEY = [{"amount_from": 9_000}, {"amount_from": 100, "amount_to": 300}]
FILTERS: dict[str, list[dict[str, Any]]] = {
    "charges": [
        {"status": ["FINALIZED"]}, {"status": ["PERMANENT_REJECTED"]}, {"rail": ["CARD"]},
        {"type": ["LIMIT_EXCEED"]}, {"currency": ["KWD"]}, {"q": "MP-7"},
        {"billing_cycle_code": [CYCLE]}, {"created_from": at(100), "created_to": at(101)}, *MONEY,
    ],
    "debit-attempts": [
        {"status": ["FINALIZED"]}, {"status": ["UNKNOWN"]}, {"rail": ["CARD"]},
        {"currency": ["KWD"]}, {"charge_id": ["CH-00007"]}, {"q": "MP-7"},
        {"submitted_from": at(100), "submitted_to": at(101)}, *MONEY,
    ],
    "debit-exceptions": [
        {"state": ["OPEN"]}, {"kind": ["OVERCOLLECTED"]}, {"charge_id": ["CH-00007"]},
        {"q": "MP-7"}, {"opened_from": at(100), "opened_to": at(101)},
    ],
}  # fmt: skip
"""By list; a filter's fields are its own, so that any two can be put together."""
on_one_loop = pytest.mark.asyncio(loop_scope="module")


def skewed(count: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Rows of the three lists, in batches: the fields that lists ask about, and no others."""
    random = Random(5)

    def one_of(weights: dict[str, int]) -> str:
        return random.choices(list(weights), list(weights.values()))[0]

    for start in range(0, count, BATCH):
        rows: dict[str, list[dict[str, Any]]] = {each.collection: [] for each in LISTS.values()}
        for number in range(start, start + BATCH):
            when = at() + timedelta(seconds=random.randrange(365 * 86_400))
            key, member = f"CH-{number:05d}", f"mp-{int(random.paretovariate(1)) % 5_000}"
            shared = {
                "version": 1, "rail": one_of(RAILS), "currency": one_of(CURRENCIES),
                "amount_minor": Int64(int(100 * random.paretovariate(1.2)) % 100_000),
                "search": [key.lower(), member], "mpass_number": member, "charge_id": key,
            }  # fmt: skip
            kind = "LIMIT_EXCEED" if random.random() < 0.03 else "END_OF_BILLING_CYCLE"
            rows["charges"].append(
                shared | {"_id": key, "status": one_of(CHARGE_STATUSES), "type": kind,
                          "created_at": when, "cycle": f"{when:%Y%m}01"}
            )  # fmt: skip
            status = one_of(ATTEMPT_STATUSES)
            planned = {"next_retry_at": when + timedelta(days=1)} if status[0] == "T" else {}
            rows["debit_attempts"].append(
                shared | planned | {"_id": f"TX-{number}", "status": status, "number": 1,
                                    "submitted_at": when}
            )  # fmt: skip
            state = "OPEN" if random.random() < 0.01 else "RESOLVED"
            rows["debit_exceptions"].append(
                shared | {"_id": f"ex-{number}", "state": state, "kind": one_of(KINDS),
                          "opened_at": when}
            )  # fmt: skip
        yield rows


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    mongo = connect(mongo_uri, f"budget_{uuid4().hex[:8]}_billing_debits")
    for batch in skewed(ROWS):
        for collection, rows in batch.items():
            await mongo.db[collection].insert_many(rows, ordered=False)
    await ensure_collections(mongo.db, {**CHARGE_INDEXES, **ROW_INDEXES}, [])
    yield mongo
    await drop_database(mongo)
    mongo.close()


async def cost_of(mongo: Mongo, declared: DeclaredList, parts: dict[str, Any], field: str) -> Any:
    """Rows looked at, a key counted as a quarter of one; and rows returned."""
    reads = ListReads(mongo.db, declared)
    asked = declared.filters(**parts).condition()
    query, way = await reads.way_to_page(asked, field, PAGE - 1)
    looked, returned = 0.0, 0
    for each in way.queries(query):
        find = {
            "find": declared.collection, "filter": each, "projection": declared.fields,
            "sort": {field: -1, "_id": -1}, "limit": PAGE,
        } | ({} if way.index is None else {"hint": way.index})  # fmt: skip
        told = await mongo.db.command({"explain": find, "verbosity": "executionStats"})
        stats = told["executionStats"]
        looked += stats["totalDocsExamined"] + stats["totalKeysExamined"] / KEYS_A_ROW_LOOKED_AT
        returned += stats["nReturned"]
    return looked, returned


@on_one_loop
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LISTS)
async def test_a_page_stays_within_the_budget_by_one_filter_and_by_two(
    filled: Mongo, name: str
) -> None:
    declared, alone = LISTS[name], FILTERS[name]
    pairs = [
        first | second for first, second in combinations(alone, 2) if not first.keys() & second
    ]
    field = declared.sorts[declared.default_sort.removeprefix("-")].path
    broken = []
    for parts in [{}, *alone, *pairs]:
        looked, returned = await cost_of(filled, declared, parts, field)
        bound = max(KEYS_A_ROW * returned + KEYS_FREE, MEANS_MAX * isqrt(PAGE * ROWS))
        if name == "debit-attempts" and parts.keys() <= SCANNED:
            bound = max(bound, ROWS // KEYS_A_ROW_LOOKED_AT + KEYS_FREE)
        if looked > bound:
            broken.append((parts, looked, returned))
    assert not broken, str(broken)
