"""Every transaction beside the context that `checkout-rules` keeps of it, for simulations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from payops_local.connections import Database, Document, Session
from payops_local.verifying.findings import Findings
from payops_local.verifying.rows import BEHIND_MAX, READ_BATCH, TRANSACTIONS, in_order

CONTEXTS = "payment_contexts"
FIELDS = ("created_at", "amount_minor", "currency", "channel", "type", "attributes")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Context = list[Any]
"""Milliseconds since 1970, amount, currency, channel, type, attributes by key."""


async def compare_contexts(
    transactions: Database, rules: Database, session: Session, findings: Findings
) -> dict[str, int]:
    """Walk over both in the order of ids and name contexts of no transaction.

    Returns the transactions whose context is missing or says something else, with their version:
    it may be on its way, and :func:`contexts_behind` looks again.
    """
    behind: dict[str, int] = {}
    ours = in_order(transactions[TRANSACTIONS], ("version", *FIELDS), session)
    theirs = in_order(rules[CONTEXTS], ("said",), session)
    kept = await anext(theirs, None)
    async for row in ours:
        while kept is not None and kept["_id"] < row["_id"]:
            _of_none(kept, findings)
            kept = await anext(theirs, None)
        found = kept if kept is not None and kept["_id"] == row["_id"] else None
        if found is not None:
            kept = await anext(theirs, None)
        with findings.comparing(f"transaction {row['_id']}"):
            if sentence := _difference(row, found):
                if len(behind) < BEHIND_MAX:
                    behind[row["_id"]] = row["version"]
                else:
                    findings.differ(sentence)
    while kept is not None:
        _of_none(kept, findings)
        kept = await anext(theirs, None)
    return behind


async def contexts_behind(
    transactions: Database, rules: Database, behind: Mapping[str, int]
) -> dict[str, str]:
    """Those of ``behind`` whose context is still another, each with the sentence about it."""
    said: dict[str, str] = {}
    keys = list(behind)
    for begin in range(0, len(keys), READ_BATCH):
        some = keys[begin : begin + READ_BATCH]
        rows = await _of(transactions[TRANSACTIONS], some, FIELDS)
        kept = await _of(rules[CONTEXTS], some, ("said",))
        for key, row in rows.items():
            if sentence := _difference(row, kept.get(key)):
                said[key] = sentence
    return said


def _of_none(kept: Document, findings: Findings) -> None:
    findings.differ(f"context {kept['_id']}: there is no such transaction")


def _difference(row: Document, kept: Document | None) -> str | None:
    if kept is None:
        return f"transaction {row['_id']}: checkout-rules has no context of it"
    ours, theirs = _told(row), orjson.loads(kept["said"])
    if ours == theirs:
        return None
    return f"transaction {row['_id']}: its context is {ours}, checkout-rules has {theirs}"


def _told(row: Document) -> Context:
    made = (row["created_at"] - _EPOCH) // timedelta(milliseconds=1)
    amount, attributes = int(row["amount_minor"]), dict(row.get("attributes") or ())
    return [made, amount, row["currency"], row["channel"], row["type"], attributes]


async def _of(collection: Any, keys: Iterable[str], fields: tuple[str, ...]) -> dict[str, Document]:
    found = collection.find({"_id": {"$in": list(keys)}}, dict.fromkeys(fields, 1))
    return {row["_id"]: row async for row in found}
