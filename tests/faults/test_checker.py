"""The checker can fail: each kind of damage, planted by hand, is found and named."""

from collections.abc import Callable
from typing import Any

import pytest

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import send
from payops_testing.faultlab.checker.facts import read_fact
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import LogRecord
from payops_testing.faultlab.checker.reference import fold
from payops_testing.faultlab.checker.stored import check_stored
from payops_testing.faultlab.money_back import lives
from payops_testing.faultlab.upstream import Outgoing, records, structured

Document = dict[str, Any]
Damage = Callable[[Document], None]
VICTIM = "ORD-3-00014"


def _logged(outgoing: list[Outgoing]) -> list[LogRecord]:
    return [
        LogRecord("upstream.payments", 0, offset, record.key, record.value, record.headers)
        for offset, record in enumerate(outgoing)
    ]


def _drop_last_row(document: Document) -> None:
    document["history"].pop()


def _repeat_row(document: Document) -> None:
    document["history"].append(document["history"][0])
    document["version"] += 1


def _swap_rows(document: Document) -> None:
    document["history"].reverse()


def _one_minor_unit(document: Document) -> None:
    document["amount_minor"] += 1


def _other_status(document: Document) -> None:
    document["status"] = "FAILED" if document["status"] != "FAILED" else "PAID"


def _other_version(document: Document) -> None:
    document["version"] += 1


def _forget_refund(document: Document) -> None:
    document["refunds"].clear()


def _refund_twice(document: Document) -> None:
    document["refunds"].append(document["refunds"][0])


def _other_refund_status(document: Document) -> None:
    document["refunds"][0]["status"] = "FAILED"


def _refund_of_ours(document: Document) -> None:
    document["refunds"][0]["external"] = False


def _one_minor_unit_back(document: Document) -> None:
    document["total_refunded_minor"] += 1


def _one_minor_unit_on_its_way(document: Document) -> None:
    document["in_flight_minor"] += 1


def _other_dispute_status(document: Document) -> None:
    document["disputes"][0]["status"] = "OPEN"


def _one_minor_unit_lost(document: Document) -> None:
    document["disputes"][0]["lost_minor"] += 1


def _contradicted_by_nothing(document: Document) -> None:
    document["history"].append(document["history"][0] | {"event": "event_contradicted"})
    document["version"] += 1


def _refunded_by_another_row(document: Document) -> None:
    del document["history"][-1]["refunded_minor"]


def _requested_over_what_is_left(document: Document) -> None:
    row = {"event": "refund_requested", "refund_id": "rf-1", "status": document["status"]}
    row |= {"source": "/payops/transactions", "event_id": "rf-1:requested"}
    document["history"].append(row)
    document["version"] += 1
    left = document["amount_minor"] - document["total_refunded_minor"] - document["lost_minor"]
    document["refunds"].append(
        {"refund_id": "rf-1", "amount_minor": left + 1, "status": "REQUESTED", "external": False}
    )
    document["in_flight_minor"] += left + 1


KINDS = ["payment_created", "payment_paid", "dispute_opened", "dispute_lost", "refund_succeeded"]
STATUSES = ["CREATED", "PAID", "PAID", "PAID", "PARTIALLY_REFUNDED"]


def _documents() -> tuple[dict[str, Document], list[LogRecord]]:
    """What a correct service stores for one payment, written down by hand."""
    log = _logged([structured(e) for e in lives(200, seed=3) if e["subject"] == VICTIM])
    facts = [fact for fact in map(read_fact, log) if fact is not None]
    assert [fact.kind for fact in facts] == KINDS
    rows: list[Document] = [
        {
            "source": fact.source,
            "event_id": fact.id,
            "event": fact.kind,
            "at": fact.at,
            "status": status,
        }
        for fact, status in zip(facts, STATUSES, strict=True)
    ]
    opened, lost, refund = facts[2:]
    rows[2]["dispute_id"] = rows[3]["dispute_id"] = lost.about
    rows[4] |= {"refund_id": refund.about, "refunded_minor": refund.amount_minor}
    document = {
        "version": len(rows),
        "status": "PARTIALLY_REFUNDED",
        "amount_minor": facts[0].amount_minor,
        "currency": facts[0].currency,
        "paid_at": facts[1].at,
        "total_refunded_minor": refund.amount_minor,
        "in_flight_minor": 0,
        "lost_minor": lost.amount_minor,
        "open_disputes": 0,
        "refunds": [
            {
                "refund_id": refund.about,
                "amount_minor": refund.amount_minor,
                "status": "SUCCEEDED",
                "external": True,
                "succeeded_at": refund.at,
            }
        ],
        "disputes": [
            {
                "dispute_id": lost.about,
                "amount_minor": opened.amount_minor,
                "lost_minor": lost.amount_minor,
                "status": "LOST",
                "opened_at": opened.at,
                "settled_at": lost.at,
            }
        ],
        "history": rows,
    }
    return {VICTIM: document}, log


def _judge(stored: dict[str, Document], log: list[LogRecord]) -> list[str]:
    findings = Findings()
    facts = [fact for fact in map(read_fact, log) if fact is not None]
    check_stored(stored, fold(facts), findings)
    return findings.violations


def test_what_is_right_has_no_violation() -> None:
    stored, log = _documents()
    assert len(log) > 1
    assert _judge(stored, log) == []


@pytest.mark.parametrize(
    "damage",
    [
        _drop_last_row,
        _repeat_row,
        _swap_rows,
        _one_minor_unit,
        _other_status,
        _other_version,
        _forget_refund,
        _refund_twice,
        _other_refund_status,
        _refund_of_ours,
        _one_minor_unit_back,
        _one_minor_unit_on_its_way,
        _other_dispute_status,
        _one_minor_unit_lost,
        _contradicted_by_nothing,
        _refunded_by_another_row,
        _requested_over_what_is_left,
    ],
)
def test_damage_to_a_stored_transaction_is_found_and_named(damage: Damage) -> None:
    stored, log = _documents()
    damage(stored[VICTIM])
    violations = _judge(stored, log)
    assert violations
    assert VICTIM in violations[0]


def test_a_lost_and_an_invented_transaction_are_found() -> None:
    stored, log = _documents()
    assert "is lost" in _judge({}, log)[0]
    assert "nothing upstream speaks of it" in _judge(stored, [])[0]


@pytest.mark.faults
@pytest.mark.servers
async def test_damage_to_the_real_pipeline_is_found_and_named(arena: Arena) -> None:
    events = lives(40)
    await arena.start()
    await arena.publish(records(events))
    await arena.verdict()
    victim = events[0]["subject"]
    transactions = arena.database["transactions"]
    original = transactions.find_one({"_id": victim})
    assert original is not None
    transactions.update_one({"_id": victim}, {"$inc": {"amount_minor": 1}})
    with pytest.raises(AssertionError, match=victim):
        await arena.verdict()
    transactions.delete_one({"_id": victim})
    with pytest.raises(AssertionError, match=f"{victim} is lost"):
        await arena.verdict()
    transactions.insert_one(original)
    await arena.verdict()
    arena.reposition(0, 10**6)
    with pytest.raises(AssertionError, match="transactions is at"):
        await arena.verdict()
    arena.reposition(0, (await arena.upstream_ends())[0])
    ghost = b'{"subject": "ghost", "sequence": "000000000002"}'
    await send(arena.kafka.address, arena.service.says[0], [Outgoing(ghost, b"ghost")])
    with pytest.raises(AssertionError, match="ghost: event 2 comes after 0"):
        await arena.verdict()
