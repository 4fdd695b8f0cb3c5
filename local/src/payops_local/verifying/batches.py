"""Debit batches and closed billing cycles beside the charges that they are made of.

Counted anew here, out of the charges alone, in the snapshot in which all else is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from payops_local.connections import Database, Document, Session
from payops_local.verifying.findings import Findings

CHARGES, BATCHES, PARTS, CYCLES = (
    "charges", "debit_batches", "debit_batch_progress", "billing_cycles",
)  # fmt: skip
FIELDS = dict.fromkeys(["amount_minor", "type", "currency", "cycle", "collected_minor"], 1) | {
    "batch": 1, "attempts.batch": 1, "attempts.status": 1,
}  # fmt: skip
READ_BATCH = 2_000
TALLY, ADJUSTMENT = "batch-tally", "cycle-adjustment"
"""Due work that has still to write what is compared here."""
SUBMITTING = "SUBMITTING"
"""Results are read back into a batch once all of its debits were asked for."""
BUILT = frozenset({"SEALED", "SUBMITTED", "PROCESSED"})
DONE = frozenset({"SUBMITTED", "PROCESSED"})
SUCCEEDED = frozenset({"FINALIZED", "REVERSED"})
REJECTED = frozenset({"TEMP_REJECTED", "PERMANENT_REJECTED"})
LIMIT = "LIMIT_EXCEED"


@dataclass(slots=True)
class Members:
    """What the charges say of one batch."""

    debits: Counter[str] = field(default_factory=Counter)
    """Debits by status."""
    minor: Counter[str] = field(default_factory=Counter)
    amounts: dict[str, int] = field(default_factory=dict)
    """Of members that are in it still, or were debited in it, by charge."""
    limits: dict[str, int] = field(default_factory=dict)
    """Of them those of charges because a limit was exceeded."""

    def add(self, charge: Document) -> None:
        """One more member."""
        self.amounts[charge["_id"]] = int(charge["amount_minor"])
        if charge["type"] == LIMIT:
            self.limits[charge["_id"]] = int(charge["amount_minor"])


@dataclass(slots=True)
class Counted:
    """What the charges say of all batches and cycles."""

    batches: dict[str, Members] = field(default_factory=dict)
    collected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Minor units that are here, by cycle and currency."""
    compared_batches: int = 0
    compared_cycles: int = 0

    def add(self, charge: Document) -> None:
        """Count one charge."""
        if (cycle := charge.get("cycle")) is not None:
            self.collected[cycle, charge["currency"]] += int(charge["collected_minor"])
        codes = {charge["batch"]} if "batch" in charge else set[str]()
        for attempt in charge["attempts"]:
            if (code := attempt.get("batch")) is not None:
                codes.add(code)
                members = self.batches.setdefault(code, Members())
                members.debits[attempt["status"]] += 1
                members.minor[attempt["status"]] += int(charge["amount_minor"])
        for code in codes:
            self.batches.setdefault(code, Members()).add(charge)


async def compare_batches(billing: Database, session: Session, findings: Findings) -> Counted:
    """Name every difference between batches, closed cycles and their charges."""
    counted = Counted()
    rows = billing[CHARGES].find(
        {"version": {"$gt": 0}}, FIELDS, session=session, batch_size=READ_BATCH
    )
    async for charge in rows:
        with findings.comparing(f"charge {charge['_id']}"):
            counted.add(charge)
    parts: dict[str, list[Document]] = {}
    async for part in billing[PARTS].find({}, session=session):
        parts.setdefault(part["_id"].rpartition(":")[0], []).append(part)
    due = billing["due"].find({"kind": {"$in": [TALLY, ADJUSTMENT]}}, session=session)
    waiting = {row["payload"].get("batch", row["kind"]) async for row in due}
    async for batch in billing[BATCHES].find({"version": {"$gt": 0}}, session=session):
        with findings.comparing(f"batch {batch['_id']}"):
            counted.compared_batches += 1
            members = counted.batches.get(batch["_id"], Members())
            _compare(batch, members, parts.get(batch["_id"], []), waiting, findings)
    if ADJUSTMENT in waiting:
        findings.remarks.append("adjustments of closed cycles are under way: not compared.")
        return counted
    async for cycle in billing[CYCLES].find({"closing": {"$exists": True}}, session=session):
        with findings.comparing(f"billing cycle {cycle['_id']}"):
            counted.compared_cycles += 1
            _compare_cycle(cycle, counted.collected, findings)
    return counted


def _compare(
    batch: Document,
    members: Members,
    parts: list[Document],
    waiting: set[str],
    findings: Findings,
) -> None:
    code, status = batch["_id"], batch["status"]

    def agree(what: str, has: object, should: object) -> None:
        if has != should:
            findings.differ(f"batch {code}: {what} is {has}, its charges say {should}")

    agree("Unpaid + Spending Limit", _total(batch), int(batch["total_minor"]))
    for name, of_charges in (("counts", members.debits), ("minor", members.minor)):
        summed: Counter[str] = Counter()
        for part in parts:
            summed.update({word: int(number) for word, number in part.get(name, {}).items()})
        agree(f"the sum of {name}", +summed, +of_charges)
    if code not in waiting and status != SUBMITTING:
        for name, should in _progress(members).items():
            agree(f"progress {name}", int(batch["progress"][name]), should)
    if status in BUILT:
        _compare_members(batch, members, agree)


def _compare_members(batch: Document, members: Members, agree: Any) -> None:
    """Of a batch that is sealed: who is in it, and for how much."""
    excluded = {charge_id: int(minor) for charge_id, minor, _ in batch["excluded"]}
    in_it = members.amounts | excluded
    total = batch["sealed"]
    agree("sealed charges", total["count"], len(members.amounts) + batch["excluded_count"])
    agree(
        "the sealed sum",
        _total(total),
        sum(members.amounts.values()) + int(batch["excluded_minor"]),
    )
    if batch["status"] in DONE:
        submitted = batch["submitted"]
        agree("submitted charges", submitted["count"], len(members.amounts))
        agree("the submitted sum", _total(submitted), sum(members.amounts.values()))
        limits = sum(members.limits.values())
        agree("the submitted Spending Limit", int(submitted["spending_limit_minor"]), limits)
    if len(in_it) == total["count"]:
        agree("the digest", batch["digest"], _digest(in_it))


def _digest(amounts: Mapping[str, int]) -> str:
    digest = ""
    for charge_id in sorted(amounts):
        digest = sha256(f"{digest}{charge_id} {amounts[charge_id]}\n".encode()).hexdigest()
    return digest


def _total(row: Document) -> int:
    return int(row["unpaid_minor"]) + int(row["spending_limit_minor"])


def _progress(members: Members) -> dict[str, int]:
    debits, minor = members.debits, members.minor
    return {
        "submitted": sum(debits.values()),
        "succeeded": sum(debits[each] for each in SUCCEEDED),
        "succeeded_minor": sum(minor[each] for each in SUCCEEDED),
        "failed": sum(debits[each] for each in REJECTED),
        "unknown": debits["UNKNOWN"],
        "reversed": debits["REVERSED"],
        "reversed_minor": minor["REVERSED"],
    }


def _compare_cycle(
    cycle: Document, collected: Counter[tuple[str, str]], findings: Findings
) -> None:
    """What was collected at the closing, and what moved since, is what is collected now."""
    code = cycle["_id"]
    moved = {
        row["currency"]: int(row["adjusted_minor"]) for row in cycle.get("adjusted_elsewhere", ())
    }
    closed = {row["currency"]: int(row["collected_minor"]) for row in cycle["closing"]["totals"]}
    now = {currency for of, currency in collected if of == code}
    for currency in sorted(closed.keys() | moved.keys() | now):
        told = closed.get(currency, 0) + moved.get(currency, 0)
        if told != collected[code, currency]:
            findings.differ(
                f"billing cycle {code}: collected {told} {currency} with its adjustments, "
                f"its charges say {collected[code, currency]}"
            )
