"""A cycle's totals are those of its charges, at no look at a charge, on a real mongod."""

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from billing_debits.api.cycle_list import ADJUSTMENT_LIST
from billing_debits.domain.charge import Charge
from billing_debits.domain.cycles import FactKind, Told, Totals, close
from billing_debits.domain.facts import Cause, EndKind, ResultKind
from billing_debits.store.charges import ChargeStore
from billing_debits.store.cycle_rows import CYCLE_FINDINGS, CYCLE_ROWS, FINDINGS, cycle_rows
from billing_debits.store.cycles import CycleStore
from billing_debits.store.settlement import Settlement
from payops_contracts.charges import ChargeStatus
from payops_contracts.ids import ChargeId
from payops_kernel.mongo import Mongo, connect, ensure_collections
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debited,
    ended,
    folded,
    result,
)
from payops_testing.billing_debits.cycles import CYCLE, a_cycle, cycle_fact
from payops_testing.kernel.dropping import drop_database

CHARGES = 120
on_one_loop = pytest.mark.asyncio(loop_scope="module")
Json = dict[str, Any]


def a_life(number: int) -> Charge:
    """A charge of its number: whatever may become of one, in two currencies, one in six without
    a cycle."""
    charge = a_charge(
        charge_id=ChargeId(f"CH-{number:05d}"),
        currency="EUR" if number % 5 == 0 else "USD",
        cycle=None if number % 6 == 0 else CYCLE,
        rate_ppm=220_000,
    )
    said: Json = {"currency": charge.raised.currency}
    debited(charge, at())
    match number % 7:
        case 0:
            folded(result(ResultKind.SUCCEEDED, **said), on=charge)
        case 1:
            folded(result(ResultKind.FAILED, **said), on=charge)
        case 2:
            folded(result(ResultKind.FAILED, code="expired_card", **said), on=charge)
        case 3:
            folded(result(ResultKind.FAILED, **said), ended(), on=charge)
        case 4:
            folded(result(ResultKind.FAILED, **said), ended(EndKind.SETTLED), on=charge)
        case 5:  # collected twice
            folded(result(ResultKind.FAILED, **said), on=charge)
            debited(charge, at(2))
            folded(result(ResultKind.SUCCEEDED, 2, **said), on=charge)
            folded(result(ResultKind.SUCCEEDED, 1, at(1), **said), on=charge)
    return charge


LIVES = [a_life(number) for number in range(CHARGES)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    """Charges, a cycle that ended and one that is closed, and the views."""
    mongo = connect(mongo_uri, f"cycles_{uuid4().hex[:8]}_billing_debits")
    views = [cycle_rows("Europe/Rome"), CYCLE_FINDINGS]
    await ensure_collections(mongo.db, Settlement.indexes, views)
    await ensure_collections(mongo.db, Settlement.indexes, views)  # as at every start
    charges = ChargeStore({"charges": mongo.db["charges"]})
    await mongo.db["charges"].insert_many([charges.to_document(each) for each in LIVES])
    cycles = CycleStore({"billing_cycles": mongo.db["billing_cycles"]})
    told = cycle_fact(FactKind.TOTALS, at(), Told("USD", 80, 25_841), Told("JPY", 1, 5))
    closed = a_cycle()
    closed.code = "20260201"
    close(closed, (Totals("USD", 1, 7, 1, 1, 7),), "local:approver", Cause("/a", "b", at()))
    for cycle in (a_cycle(told, cycle_fact(FactKind.ENDED)), closed):
        await mongo.db["billing_cycles"].insert_one(cycles.to_document(cycle))
    yield mongo
    await drop_database(mongo)
    mongo.close()


def summed(cycle: str | None) -> dict[str, Totals]:
    """The same totals, added up charge by charge."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for charge in LIVES:
        if charge.raised.cycle == cycle:
            for name, value in _one(charge).items():
                sums[charge.raised.currency][name] += value
    return {currency: Totals(currency, **said) for currency, said in sorted(sums.items())}


def _one(charge: Charge) -> dict[str, int]:
    amount, status = charge.raised.amount_minor, charge.status
    withdrawn = "settled_otherwise" if charge.settled_otherwise else "withdrawn"
    fate = {
        ChargeStatus.FINALIZED: "collected",
        ChargeStatus.WITHDRAWN: withdrawn,
        ChargeStatus.PERMANENT_REJECTED: "permanently_rejected",
    }.get(status, "outstanding")
    said = {
        "charges": 1,
        "charged_minor": amount,
        "tax_minor": charge.raised.tax_minor,
        "owed_back_minor": charge.owed_back_minor,
        fate: 1,
        f"{fate}_minor": amount,
    }
    return said | ({"collected_minor": charge.collected_minor} if fate == "collected" else {})


@on_one_loop
async def test_totals_are_the_sums_of_the_charges_and_add_up(filled: Mongo) -> None:
    settlement = Settlement({name: filled.db[name] for name in Settlement.indexes})
    async with await filled.client.start_session() as session:
        found = await settlement.totals(CYCLE, session)  # type: ignore[arg-type]
    assert {each.currency: each for each in found} == summed(CYCLE)
    for each in found:
        assert each.charged_minor + each.owed_back_minor == (
            each.collected_minor
            + each.outstanding_minor
            + each.permanently_rejected_minor
            + each.withdrawn_minor
            + each.settled_otherwise_minor
        )
        assert each.owed_back_minor > 0
    opened = await settlement.open_charges(CYCLE, None)
    assert opened.number == sum(each.outstanding for each in found) > 0


@on_one_loop
async def test_rows_are_counted_frozen_told_and_without_a_cycle(filled: Mongo) -> None:
    rows = {row["_id"]: row async for row in filled.db[CYCLE_ROWS].find({})}
    expected = summed(CYCLE)
    none = summed(None)
    assert set(rows) == {
        *(f"{CYCLE}-{currency}" for currency in (*expected, "JPY")),
        "20260201-USD",
        *(f"2026-03-{currency}" for currency in none),
    }
    for name, totals in [
        *((f"{CYCLE}-{currency}", said) for currency, said in expected.items()),
        *((f"2026-03-{currency}", said) for currency, said in none.items()),
        ("20260201-USD", Totals("USD", 1, 7, 1, 1, 7)),
    ]:
        assert {part: rows[name][part] for part in Totals._fields} == totals._asdict()
    assert rows[f"{CYCLE}-JPY"]["difference_minor"] == 5, "told, and no charge of it is here"
    usd = rows[f"{CYCLE}-USD"]
    assert usd["difference_minor"] == 25_841 - usd["charged_minor"]
    assert rows["20260201-USD"]["difference_minor"] is None, "nothing was told"


@on_one_loop
async def test_totals_are_read_from_the_index_alone(filled: Mongo) -> None:
    pipeline: list[Json] = [{"$match": {"_id": f"{CYCLE}-USD"}}]
    explained = await _explained(filled, CYCLE_ROWS, pipeline)
    (lookup,) = [stage for stage in _stages(explained) if "$lookup" in stage]
    assert lookup["indexesUsed"] == ["by_cycle"]
    assert (int(lookup["collectionScans"]), int(lookup["totalDocsExamined"])) == (0, 0)
    within = sum(charge.raised.cycle == CYCLE for charge in LIVES)
    assert int(lookup["totalKeysExamined"]) == within, "and those of no closed cycle"


@on_one_loop
async def test_findings_of_a_cycle_look_at_no_other_cycles_charges(filled: Mongo) -> None:
    # Plans alone: mongod 8 dies of counting what this union runs through.
    match: list[Json] = [{"$match": {"cycle": CYCLE}}]
    explained = await _explained(filled, FINDINGS, match, "queryPlanner")
    text = str(explained)
    assert "COLLSCAN" not in text
    assert text.count("'indexName': 'by_cycle'") >= 2, "of sums, and of what is in two charges"


@on_one_loop
async def test_every_filter_of_adjustments_has_an_index(filled: Mongo) -> None:
    tried: list[Json] = [
        {},
        {"open_cycle_code": [CYCLE]},
        {"closed_cycle_code": [CYCLE]},
        {"charge_id": ["CH-1"]},
        {"adjusted_from": at(), "adjusted_to": at(3)},
    ]
    assert {part for parts in tried for part in parts} == set(ADJUSTMENT_LIST.filters.model_fields)
    for parts in tried:
        asked = ADJUSTMENT_LIST.filters(**parts).condition()
        find = {
            "find": ADJUSTMENT_LIST.collection,
            "filter": ADJUSTMENT_LIST.query(asked, "at"),
            "sort": {"at": -1, "_id": -1},
        }
        said = await filled.db.command({"explain": find, "verbosity": "queryPlanner"})
        assert "COLLSCAN" not in str(said["queryPlanner"]["winningPlan"]), parts


async def _explained(
    mongo: Mongo, view: str, pipeline: list[Json], verbosity: str = "executionStats"
) -> Json:
    command = {"aggregate": view, "pipeline": pipeline, "cursor": {}}
    explained: Json = await mongo.db.command({"explain": command, "verbosity": verbosity})
    return explained


def _stages(explained: Json) -> list[Json]:
    found: list[Json] = explained["stages"]
    return found
