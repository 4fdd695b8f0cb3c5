"""Every query of rules has an index behind it, and looks at few rows of very many."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from checkout_rules.api.rule_list import RuleFilters, rule_list
from checkout_rules.domain.catalogue import built_in
from checkout_rules.store.rules import COLLECTION, INDEXES, LAST
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Mongo, connect, ensure_collections
from payops_testing.kernel.dropping import drop_database

ROWS, PAGE = 5_000, 51
LOOKED_AT_MAX = 4 * PAGE
SECONDARY_INDEXES_MAX = 6
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
LIST = rule_list(built_in, lambda _: 0)
on_one_loop = pytest.mark.asyncio(loop_scope="module")


def rows() -> Iterator[dict[str, Any]]:
    """Few active rules among very many that were removed."""
    random = Random(7)
    for number in range(ROWS):
        status = random.choices(("ACTIVE", "DRAFT", "ARCHIVED"), (2, 8, 90))[0]
        name = f"shop {int(random.paretovariate(1)) % 900}"
        yield {
            "_id": f"rule-{number:08x}", "version": 1, "status": status,
            "order": LAST if not number else 1 + random.randrange(100_000),
            "sort_name": name, "changed_at": BEGIN + timedelta(minutes=random.randrange(10**6)),
            "search": [f"rule-{number:08x}", name, name.split()[1]],
        }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    mongo = connect(mongo_uri, f"budget_{uuid4().hex[:8]}_checkout_rules")
    await mongo.db[COLLECTION].insert_many(list(rows()), ordered=False)
    await ensure_collections(mongo.db, INDEXES, [])
    yield mongo
    await drop_database(mongo)
    mongo.close()


def stages(plan: dict[str, Any]) -> Iterator[str]:
    """The names of a plan's steps."""
    yield plan["stage"]
    for each in [*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])]:
        yield from stages(each)


async def cost_of(mongo: Mongo, find: dict[str, Any]) -> tuple[int, set[str]]:
    """Rows and keys looked at, and the steps of the plan."""
    told = await mongo.db.command({"explain": find, "verbosity": "executionStats"})
    stats = told["executionStats"]
    looked = max(stats["totalDocsExamined"], stats["totalKeysExamined"])
    return looked, set(stages(told["queryPlanner"]["winningPlan"]))


def test_there_are_no_more_secondary_indexes_than_the_budget_allows() -> None:
    assert len(INDEXES[COLLECTION]) <= SECONDARY_INDEXES_MAX


@on_one_loop
@pytest.mark.parametrize(
    ("asked", "field", "direction"),
    [
        ({}, "order", 1),
        ({}, "order", -1),
        ({}, "sort_name", 1),
        ({}, "changed_at", -1),
        ({"status": ["ACTIVE"]}, "order", 1),
        ({"status": ["DRAFT", "ARCHIVED"]}, "order", 1),
        ({"q": "rule-000000f"}, "order", 1),
        ({"q": "shop 77"}, "order", 1),
        ({"rule_id": ["rule-00000007", "rule-0"]}, "order", 1),
    ],
)
async def test_a_page_looks_at_few_rows(
    filled: Mongo, asked: dict[str, Any], field: str, direction: int
) -> None:
    reads = ListReads(filled.db, LIST)
    condition = RuleFilters.model_validate(asked).condition()
    query, _ = await reads.way_to_page(condition, field, PAGE - 1, direction)
    looked, steps = await cost_of(
        filled,
        {
            "find": COLLECTION, "filter": query, "projection": LIST.fields,
            "sort": {field: direction, "_id": direction}, "limit": PAGE,
        },
    )  # fmt: skip
    assert "COLLSCAN" not in steps
    assert looked <= LOOKED_AT_MAX
    if "q" not in asked and "rule_id" not in asked:
        assert "SORT" not in steps


@on_one_loop
async def test_the_last_priority_is_one_key(filled: Mongo) -> None:
    looked, steps = await cost_of(
        filled,
        {
            "find": COLLECTION, "filter": {"order": {"$lte": LAST - 1}},
            "projection": {"order": 1}, "sort": {"order": -1}, "limit": 1,
        },
    )  # fmt: skip
    assert (looked, "COLLSCAN" in steps) == (1, False)
