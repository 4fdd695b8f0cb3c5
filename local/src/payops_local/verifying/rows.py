"""Every transaction beside its fact, in the order of their ids, two documents in memory at a time.

Both are read in one snapshot, so that traffic does not blur the comparison. A fact that is behind
its transaction there may be on its way; :func:`still_behind` looks at those again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from payops_local.connections import ASCENDING, Database, Document, Session
from payops_local.verifying.findings import Findings
from payops_local.verifying.recount import NOTHING, PAID, Recount, Sum, within_calendar

TRANSACTIONS, FACTS = "transactions", "payment_facts"
READ_BATCH = 2_000
BEHIND_MAX = 10_000
"""More payments than that are not on their way: they are named at once."""

COMPARED = (
    "version",
    "status",
    "amount_minor",
    "currency",
    "method",
    "channel",
    "provider",
    "type",
    "created_at",
    "total_refunded_minor",
)
_TOLD_OF = (*COMPARED, "failure", "refunds")
FACT_FIELDS = (
    *COMPARED, "day", "partition", "form", "failure_code", "awaiting_refunds", "awaiting_minor",
)  # fmt: skip
UNSETTLED = frozenset({"REQUESTED", "PENDING", "UNKNOWN"})
"""Refunds that upstream was asked for and has not settled."""


@dataclass(slots=True)
class Rows:
    """What the walk over all rows saw."""

    recount: Recount
    transactions: int = 0
    facts: int = 0
    by_currency: dict[str, Sum] = field(default_factory=dict)
    """Of all transactions."""
    paid: dict[str, Sum] = field(default_factory=dict)
    """Of those that were paid."""
    behind: dict[str, int] = field(default_factory=dict)
    """Transaction id → the version that its fact did not have yet."""

    def take_transaction(self, row: Mapping[str, Any]) -> None:
        """Count a transaction."""
        self.transactions += 1
        one, currency = Sum(1, int(row["amount_minor"])), row["currency"]
        self.by_currency[currency] = self.by_currency.get(currency, NOTHING).plus(one)
        if row["status"] in PAID:
            self.paid[currency] = self.paid.get(currency, NOTHING).plus(one)


async def compare_rows(
    transactions: Database,
    analytics: Database,
    session: Session,
    rows: Rows,
    findings: Findings,
) -> None:
    """Walk over both collections and name every difference; also counts the facts anew."""
    ours = in_order(transactions[TRANSACTIONS], _TOLD_OF, session)
    theirs = in_order(analytics[FACTS], FACT_FIELDS, session)
    row, fact = await anext(ours, None), await anext(theirs, None)
    while row is not None or fact is not None:
        if fact is None or (row is not None and row["_id"] < fact["_id"]):
            assert row is not None  # noqa: S101 - for the type checker: the loop says so
            with findings.comparing(f"transaction {row['_id']}"):
                rows.take_transaction(row)
                _behind(row, None, rows, findings)
            row = await anext(ours, None)
        elif row is None or fact["_id"] < row["_id"]:
            _take_fact(fact, rows, findings)
            findings.differ(f"fact {fact['_id']}: there is no such transaction")
            fact = await anext(theirs, None)
        else:
            with findings.comparing(f"transaction {row['_id']}"):
                rows.take_transaction(row)
                _compare(row, fact, rows, findings)
            _take_fact(fact, rows, findings)
            row, fact = await anext(ours, None), await anext(theirs, None)


def _take_fact(fact: Document, rows: Rows, findings: Findings) -> None:
    rows.facts += 1
    with findings.comparing(f"fact {fact['_id']}"):
        day = rows.recount.day_of(fact["created_at"])
        if fact["day"] != day:
            findings.differ(
                f"fact {fact['_id']}: its day is {fact['day']}, its instant lies in {day}"
            )
        if not within_calendar(day):
            findings.differ(
                f"transaction {fact['_id']}: its Date lies in {day}, a day that the KPIs cannot be "
                "asked about: what they say of it cannot be compared"
            )
        rows.recount.add(fact)


def _compare(row: Document, fact: Document, rows: Rows, findings: Findings) -> None:
    if fact["version"] < row["version"]:
        _behind(row, fact, rows, findings)
        return
    for name in COMPARED:
        if row[name] != fact.get(name):
            findings.differ(
                f"transaction {row['_id']}: {name} is {row[name]}, its fact says {fact.get(name)}"
            )
    if "form" in fact:  # else it is being renewed
        for name, told in _derived(row).items():
            if told != fact[name]:
                findings.differ(
                    f"transaction {row['_id']}: {name} is {told}, its fact says {fact[name]}"
                )


def _derived(row: Document) -> dict[str, object]:
    """What a fact tells in its own way."""
    waiting = [
        int(refund["amount_minor"])
        for refund in row.get("refunds", ())
        if refund["status"] in UNSETTLED
    ]
    return {
        "failure_code": row["failure"]["code"] if row.get("failure") else None,
        "awaiting_refunds": len(waiting),
        "awaiting_minor": sum(waiting),
    }


def _behind(row: Document, fact: Document | None, rows: Rows, findings: Findings) -> None:
    if len(rows.behind) < BEHIND_MAX:
        rows.behind[row["_id"]] = row["version"]
    else:
        findings.differ(words_behind(row["_id"], row["version"], fact))


def words_behind(
    key: str, version: int, fact: Mapping[str, Any] | None, noun: str = "transaction"
) -> str:
    """The sentence about a fact that lacks a version."""
    if fact is None:
        return f"{noun} {key}: it has no fact"
    return f"{noun} {key}: version is {version}, its fact says {fact['version']}"


async def still_behind(
    analytics: Database,
    behind: Mapping[str, int],
    facts: str = FACTS,
    noun: str = "transaction",
) -> dict[str, str]:
    """Those of ``behind`` whose fact still lacks the version, each with the sentence about it."""
    found: dict[str, Document] = {}
    keys = list(behind)
    for begin in range(0, len(keys), READ_BATCH):
        some = keys[begin : begin + READ_BATCH]
        cursor = analytics[facts].find({"_id": {"$in": some}}, {"version": 1})
        async for fact in cursor:
            found[fact["_id"]] = fact
    return {
        key: words_behind(key, version, found.get(key), noun)
        for key, version in behind.items()
        if key not in found or found[key]["version"] < version
    }


async def in_order(
    collection: Any, fields: Iterable[str], session: Session
) -> AsyncIterator[Document]:
    """What there is in a collection by its ids, with these fields.

    Version 0 holds parked events of what has not appeared yet: there is no such thing.
    """
    cursor = collection.find(
        {"version": {"$ne": 0}},
        dict.fromkeys(fields, 1),
        sort=[("_id", ASCENDING)],
        batch_size=READ_BATCH,
        session=session,
    )
    async with cursor:
        async for document in cursor:
            yield document
