"""Every charge and attempt of billing-debits beside analytics' fact of it, and what the facts make.

All is read in one snapshot, in the order of ids, so that traffic does not blur the comparison.
Counted anew here, not by the functions of the services.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from payops_local.connections import ASCENDING, Database, Document, Session
from payops_local.verifying.buckets import DayCell, day_in
from payops_local.verifying.findings import Findings
from payops_local.verifying.rows import BEHIND_MAX, READ_BATCH, in_order, words_behind

CHARGES, ATTEMPTS, CHARGE_FACTS = "charges", "debit_attempts", "charge_facts"
KPI = "debits"
COMPARED = (
    "version", "status", "amount_minor", "currency", "rail", "tax_minor", "collected_minor",
    "outstanding_minor", "mpass_number", "created_at",
)  # fmt: skip
OF_ATTEMPTS = ("number", "status", "submitted_at", "batch_code", "failure_code")
FAILED = frozenset({"TEMP_REJECTED", "PERMANENT_REJECTED"})
SUCCEEDED = frozenset({"FINALIZED", "REVERSED"})


class Failure(NamedTuple):
    """What tells failed attempts apart."""

    currency: str
    member: str
    batch: str | None
    day: str
    code: str | None


@dataclass(slots=True)
class Debits:
    """What the walk over all charges saw."""

    zone: ZoneInfo
    charges: int = 0
    facts: int = 0
    attempts: int = 0
    behind: dict[str, int] = field(default_factory=dict)
    """Charge id → the version that its fact did not have yet."""
    counts: Counter[DayCell] = field(default_factory=Counter)
    amounts: Counter[DayCell] = field(default_factory=Counter)
    returnable: Counter[tuple[datetime, str, str]] = field(default_factory=Counter)
    """Until when, currency, rail → minor units that may go back."""
    failures: dict[Failure, tuple[int, int]] = field(default_factory=dict)
    """Failed attempts that have all this in common: how many, and their minor units."""

    def add(self, fact: Mapping[str, Any]) -> None:
        """Count one fact's document anew, by its instants."""
        self.facts += 1
        for day, part, word, amount in (*self._of_charge(fact), *self._of_attempts(fact)):
            cell = (fact["currency"], day, int(fact["partition"]), part, word)
            self.counts[cell] += 1
            self.amounts[cell] += amount

    def _of_charge(self, fact: Mapping[str, Any]) -> Iterator[tuple[str, str, None, int]]:
        day, status = day_in(self.zone, fact["created_at"]), fact["status"]
        owed = 0 if status in {"FINALIZED", "WITHDRAWN"} else int(fact["amount_minor"])
        yield day, "charged", None, int(fact["amount_minor"])
        for part, amount in (
            ("collected", int(fact["collected_minor"])), ("owed", owed),
            ("tax", int(fact["tax_minor"])),
        ):  # fmt: skip
            if amount:
                yield day, part, None, amount

    def _of_attempts(self, fact: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None, int]]:
        amount = int(fact["amount_minor"])
        for each in fact["attempts"]:
            day, status = day_in(self.zone, each["submitted_at"]), each["status"]
            outcomes = ["attempts"]
            outcomes += ["succeeded"] if status in SUCCEEDED else []
            outcomes += ["reversed"] if status == "REVERSED" else []
            outcomes += ["failed"] if status in FAILED else []
            for outcome in outcomes:
                yield day, f"number_{outcome}", str(each["number"]), amount
                yield day, f"batch_{outcome}", each.get("batch_code"), amount
            if status in FAILED:
                code, batch = each.get("failure_code"), each.get("batch_code")
                failed = Failure(fact["currency"], fact["mpass_number"], batch, day, code)
                has = self.failures.get(failed, (0, 0))
                self.failures[failed] = (has[0] + 1, has[1] + amount)
                yield day, "reason", code, amount
                if fact["status"] == "FINALIZED":
                    yield day, "reason_recovered", code, amount
            until = each.get("returnable_until")
            if until is not None:
                self.returnable[until, fact["currency"], fact["rail"]] += amount
                yield day_in(self.zone, until), "returnable", fact["rail"], amount


async def compare_debits(
    billing: Database, analytics: Database, session: Session, debits: Debits, findings: Findings
) -> None:
    """Walk over charges, attempts and facts and name every difference; count the facts anew."""
    fields = (*COMPARED, "partition", "attempts")
    ours = in_order(billing[CHARGES], fields, session)
    theirs = in_order(analytics[CHARGE_FACTS], fields, session)
    rows = _attempts(billing, session)
    charge, fact = await anext(ours, None), await anext(theirs, None)
    of_charge = await anext(rows, None)
    while charge is not None or fact is not None:
        if fact is None or (charge is not None and charge["_id"] < fact["_id"]):
            assert charge is not None  # noqa: S101 - for the type checker: the loop says so
            debits.charges += 1
            _behind(charge, None, debits, findings)
            charge = await anext(ours, None)
            continue
        if charge is None or fact["_id"] < charge["_id"]:
            findings.differ(f"charge fact {fact['_id']}: there is no such charge")
        else:
            debits.charges += 1
            while of_charge is not None and of_charge[0] < charge["_id"]:
                of_charge = await anext(rows, None)
            told = of_charge[1] if of_charge and of_charge[0] == charge["_id"] else []
            debits.attempts += len(told)
            with findings.comparing(f"charge {charge['_id']}"):
                _compare(charge, told, fact, debits, findings)
            charge = await anext(ours, None)
        with findings.comparing(f"charge fact {fact['_id']}"):
            debits.add(fact)
        fact = await anext(theirs, None)


def _compare(
    charge: Document, rows: list[Document], fact: Document, debits: Debits, findings: Findings
) -> None:
    key = charge["_id"]
    if fact["version"] < charge["version"]:
        _behind(charge, fact, debits, findings)
        return
    for name in COMPARED:
        if charge[name] != fact.get(name):
            findings.differ(
                f"charge {key}: {name} is {charge[name]}, its fact says {fact.get(name)}"
            )
    told = {each["debit_id"]: each for each in fact["attempts"]}
    there = {row["_id"]: row for row in rows}
    for debit_id in sorted(told.keys() | there.keys()):
        row, one = there.get(debit_id, {}), told.get(debit_id, {})
        for name in OF_ATTEMPTS:
            if row.get(name) != one.get(name):
                findings.differ(
                    f"debit {debit_id} of charge {key}: {name} is {row.get(name)}, "
                    f"its fact says {one.get(name)}"
                )


def _behind(charge: Document, fact: Document | None, debits: Debits, findings: Findings) -> None:
    if len(debits.behind) < BEHIND_MAX:
        debits.behind[charge["_id"]] = charge["version"]
    else:
        findings.differ(words_behind(charge["_id"], charge["version"], fact, "charge"))


async def _attempts(
    billing: Database, session: Session
) -> AsyncIterator[tuple[str, list[Document]]]:
    """The rows of each charge, in the order of charges."""
    cursor = billing[ATTEMPTS].find(
        {},
        dict.fromkeys((*OF_ATTEMPTS, "charge_id"), 1),
        sort=[("charge_id", ASCENDING), ("number", ASCENDING)],
        batch_size=READ_BATCH,
        session=session,
    )
    rows: list[Document] = []
    async with cursor:
        async for row in cursor:
            if rows and rows[0]["charge_id"] != row["charge_id"]:
                yield rows[0]["charge_id"], rows
                rows = []
            rows.append(row)
    if rows:
        yield rows[0]["charge_id"], rows
