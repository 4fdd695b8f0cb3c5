"""The checker can fail: each kind of damage, planted by hand, is found and named."""

from collections.abc import Callable
from typing import Any

import pytest
from faultlab.arena import DOMAIN, Arena
from faultlab.broker import send
from faultlab.checker.findings import Findings
from faultlab.checker.logs import LogRecord
from faultlab.checker.reference import fold, read_fact
from faultlab.checker.stored import check_stored
from faultlab.upstream import Outgoing, payments, records, structured

Document = dict[str, Any]
Damage = Callable[[Document], None]


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


def _documents() -> tuple[dict[str, Document], list[LogRecord]]:
    """What a correct service stores for one payment, written down by hand."""
    events = [e for e in payments(6, seed=3) if e["subject"] == "ORD-3-00001"]
    log = _logged([structured(event) for event in events])
    facts = [fact for fact in map(read_fact, log) if fact is not None]
    (expected,) = fold(facts).values()
    rows: list[Document] = []
    for fact in facts:
        so_far = fold(facts[: len(rows) + 1])[fact.payment]
        rows.append(
            {
                "source": fact.source,
                "event_id": fact.id,
                "event": f"payment_{fact.kind}",
                "at": fact.at,
                "status": so_far.status,
            }
        )
    document = {
        "version": len(rows),
        "status": expected.status,
        "amount_minor": expected.amount_minor,
        "currency": expected.currency,
        "paid_at": expected.paid_at,
        "failed_at": expected.failed_at,
        "history": rows,
    }
    return {facts[0].payment: document}, log


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
    [_drop_last_row, _repeat_row, _swap_rows, _one_minor_unit, _other_status, _other_version],
)
def test_damage_to_a_stored_transaction_is_found_and_named(damage: Damage) -> None:
    stored, log = _documents()
    damage(stored["ORD-3-00001"])
    violations = _judge(stored, log)
    assert violations
    assert "ORD-3-00001" in violations[0]


def test_a_lost_and_an_invented_transaction_are_found() -> None:
    stored, log = _documents()
    assert "is lost" in _judge({}, log)[0]
    assert "nothing upstream speaks of it" in _judge(stored, [])[0]


@pytest.mark.faults
@pytest.mark.servers
async def test_damage_to_the_real_pipeline_is_found_and_named(arena: Arena) -> None:
    events = payments(40)
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
    await send(arena.kafka.address, DOMAIN, [Outgoing(ghost, b"ghost")])
    with pytest.raises(AssertionError, match="ghost: event 2 comes after 0"):
        await arena.verdict()
