"""Every filter and order of the lists finds its rows by an index, on a real mongod."""

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from billing_debits.api.attempt_list import ATTEMPT_LIST
from billing_debits.api.batch_list import BATCH_LIST
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.api.exception_list import EXCEPTION_LIST
from billing_debits.api.member_list import MEMBER_LIST
from billing_debits.domain.batch import Batch, Plan, Total, drafted
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import miss
from billing_debits.domain.facts import ResultKind
from billing_debits.domain.following import follow
from billing_debits.domain.member import Member
from billing_debits.events import charge_told
from billing_debits.publishing.charges import step_messages
from billing_debits.store.batches import INDEXES as BATCH_INDEXES
from billing_debits.store.batches import BatchStore
from billing_debits.store.charges import INDEXES as CHARGE_INDEXES
from billing_debits.store.charges import ChargeStore
from billing_debits.store.members import INDEXES as MEMBER_INDEXES
from billing_debits.store.members import MemberStore
from billing_debits.store.rows import (
    ATTEMPTS,
    EXCEPTIONS,
    PartRows,
    attempt_rows,
    exception_rows,
)
from billing_debits.store.rows import INDEXES as ROW_INDEXES
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.debit_batches import BatchOrigin
from payops_contracts.ids import BatchCode, ChargeId, MpassNumber
from payops_contracts.registry import validate
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.reads import ListReads
from payops_kernel.mongo import Mongo, connect, ensure_collections
from payops_kernel.zones import Zone
from payops_testing.billing_debits.builders import a_charge, at, debit_id, debited, folded, result
from payops_testing.kernel.dropping import drop_database

ROWS = 300
PAGE = 50
on_one_loop = pytest.mark.asyncio(loop_scope="module")

ASKED: dict[str, list[dict[str, Any]]] = {
    "charges": [
        {},
        {"status": ["FINALIZED"]},
        {"status": ["TEMP_REJECTED"], "type": ["LIMIT_EXCEED"]},
        {"rail": ["ACH"], "currency": ["USD"]},
        {"billing_cycle_code": ["20260301"]},
        {"charge_id": ["CH-00007"]},
        {"consumption_transaction_id": ["CT-7"]},
        {"created_from": at(), "created_to": at(3)},
        {"amount_from": 100, "amount_to": 200},
        {"q": "MP-7"},
    ],
    "debit-attempts": [
        {},
        {"status": ["FINALIZED"]},
        {"rail": ["ACH"], "currency": ["USD"]},
        {"debit_id": ["CH-00007-1"]},
        {"charge_id": ["CH-00007"]},
        {"mpass_number": ["MP-7"]},
        {"batch_code": ["MB-00007"]},
        {"failure_code": ["R01"], "number": [1]},
        {"submitted_from": at(), "submitted_to": at(3)},
        {"next_retry_from": at(), "next_retry_to": at(9)},
        {"amount_from": 100, "amount_to": 200},
        {"q": "duong"},
    ],
    "debit-exceptions": [
        {},
        {"state": ["OPEN"]},
        {"kind": ["RESULT_MISSING"]},
        {"charge_id": ["CH-00007"]},
        {"owner": ["local:operator"]},
        {"exception_id": ["ex-1"]},
        {"batch_code": ["MB-260301-1100"]},
        {"opened_from": at(), "opened_to": at(3)},
        {"q": "ch-00007"},
    ],
    "debit-batches": [
        {},
        {"status": ["DRAFT"]},
        {"rail": ["ACH"], "currency": ["USD"]},
        {"batch_code": ["MB-00007"]},
        {"created_from": at(), "created_to": at(3)},
        {"q": "mb-00007"},
    ],
    "members": [
        {},
        {"standing": ["IN_RETRY"]},
        {"mpass_number": ["MP-00007"]},
        {"since_from": at(), "since_to": at(3)},
        {"q": "duong"},
    ],
}
"""By list: filters as a page's address has them."""
LISTS: dict[str, DeclaredList] = {
    each.name: each for each in (CHARGE_LIST, ATTEMPT_LIST, BATCH_LIST, EXCEPTION_LIST, MEMBER_LIST)
}


def a_life(number: int) -> Charge:
    """A charge of its number: collected, rejected, not answered, or waiting."""
    key = ChargeId(f"CH-{number:05d}")
    charge = a_charge(
        charge_id=key,
        created_at=at(hours=number),
        type=list(ChargeType)[number % 2],
        rail=list(Rail)[number % 3],
    )
    match number % 4:
        case 0:
            folded(result(ResultKind.SUCCEEDED), on=debited(charge, at()))
        case 1:
            folded(result(ResultKind.FAILED), on=debited(charge, at()))
        case 2:
            miss(debited(charge, at()), debit_id(1), at(1))
    for attempt in charge.attempts:
        attempt.debit_id = type(attempt.debit_id)(f"{key}-1")
        attempt.batch = BatchCode(f"MB-{number:05d}")
    for exception in charge.exceptions:
        exception.debit_id = type(debit_id(1))(f"{key}-1")
    return charge


def a_batch(number: int) -> Batch:
    """A batch of its number."""
    total = Total().plus(ChargeType.LIMIT_EXCEED, 100 + number)
    plan = Plan("USD", list(Rail)[number % 3], total, 1)
    code = BatchCode(f"MB-{number:05d}")
    return drafted(Batch(code, number + 1, at(hours=number), plan, BatchOrigin.OPERATOR))


def a_member(charge: Charge, number: int) -> Member:
    """A member whose one charge it is."""
    (message, *_) = step_messages(charge)
    event: Any = validate(message.value or b"")
    fact = charge_told(event)._replace(mpass_number=MpassNumber(f"MP-{number:05d}"))
    return follow(None, fact, block_after_rejection=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database with the collections, their indexes, and :data:`ROWS` charges."""
    mongo = connect(mongo_uri, f"lists_{uuid4().hex[:8]}_billing_debits")
    await ensure_collections(
        mongo.db, {**CHARGE_INDEXES, **ROW_INDEXES, **MEMBER_INDEXES, **BATCH_INDEXES}, []
    )
    batch_store = BatchStore({"debit_batches": mongo.db["debit_batches"]})
    store = ChargeStore({"charges": mongo.db["charges"]})
    member_store = MemberStore({"members": mongo.db["members"]})
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(ROWS):
        charge = a_life(number)
        rows["members"].append(member_store.to_document(a_member(charge, number)))
        rows["charges"].append(store.to_document(charge))
        rows["debit_batches"].append(batch_store.to_document(a_batch(number)))
        rows["debit_attempts"] += attempt_rows(charge)
        rows["debit_exceptions"] += exception_rows(charge)
    for collection, documents in rows.items():
        await mongo.db[collection].insert_many(documents)
    yield mongo
    await drop_database(mongo)
    mongo.close()


@on_one_loop
@pytest.mark.parametrize(
    ("name", "parts"),
    [(name, parts) for name, asked in ASKED.items() for parts in asked],
    ids=lambda it: it if isinstance(it, str) else ",".join(it) or "all",
)
async def test_no_filter_in_no_order_looks_at_every_row(
    filled: Mongo, name: str, parts: dict[str, Any]
) -> None:
    declared = LISTS[name]
    reads = ListReads(filled.db, declared)
    asked = declared.filters(**parts).condition()
    for field in declared.sorts.values():
        query, way = await reads.way_to_page(asked, field.path, PAGE)
        ways: list[dict[str, Any]] = [{"filter": declared.query(asked, field.path)}]
        ways += [{"filter": each, "hint": way.index} for each in way.queries(query) if way.index]
        for each in ways:
            find = {
                "find": declared.collection, "limit": PAGE, "sort": {field.path: -1, "_id": -1},
            } | each  # fmt: skip
            explained = await filled.db.command({"explain": find, "verbosity": "queryPlanner"})
            assert "COLLSCAN" not in str(explained["queryPlanner"]["winningPlan"]), each


def test_every_filter_of_the_lists_is_tried() -> None:
    for name, declared in LISTS.items():
        tried = {part for parts in ASKED[name] for part in parts}
        assert tried == set(declared.filters.model_fields)


@on_one_loop
async def test_planned_retries_are_summed_by_day_of_a_zone_out_of_their_index(
    filled: Mongo,
) -> None:
    db = filled.db
    rows = PartRows({ATTEMPTS: db[ATTEMPTS], EXCEPTIONS: db[EXCEPTIONS]}, NoBatches(), no_tally)
    zone = "Pacific/Auckland"
    planned = await db[ATTEMPTS].find({"next_retry_at": {"$exists": True}}).to_list(length=None)
    expected: dict[tuple[Any, str], list[int]] = defaultdict(list)
    for row in planned:
        day = Zone(zone).date_of(row["next_retry_at"])
        expected[day, row["currency"]].append(int(row["amount_minor"]))
    found = await rows.planned(zone)
    assert found == [
        (*key, len(amounts), sum(amounts)) for key, amounts in sorted(expected.items())
    ]
    assert sum(count for _, _, count, _ in found) > 0


async def no_tally(*_told: Any) -> None:
    """Nothing is read back."""


class NoBatches:
    """Counts nothing."""

    async def count(self, changed: Any, session: Any) -> set[Any]:
        """Nothing is counted."""
        return set()
