"""Transactions in MongoDB against the reference."""

from datetime import datetime
from typing import Any

from faultlab.checker.findings import Findings
from faultlab.checker.reference import Expected, status_after

Document = dict[str, Any]


def check_stored(
    stored: dict[str, Document], expected: dict[str, Expected], findings: Findings
) -> None:
    """Nothing lost, nothing twice, order kept, states and sums equal."""
    for payment in expected.keys() - stored.keys():
        findings.require(False, f"{payment} is lost: {len(expected[payment].facts)} facts")
    for payment in stored.keys() - expected.keys():
        findings.require(False, f"{payment} is stored, and nothing upstream speaks of it")
    for payment in stored.keys() & expected.keys():
        _check_one(payment, stored[payment], expected[payment], findings)
    _check_sums(stored, expected, findings)
    findings.payments = len(stored)
    findings.history_rows = sum(len(document["history"]) for document in stored.values())


def _check_one(payment: str, document: Document, wanted: Expected, findings: Findings) -> None:
    require = findings.require
    rows = [(row["source"], row["event_id"]) for row in document["history"]]
    require(len(set(rows)) == len(rows), f"{payment}: an event stands twice in its history")
    for missing in wanted.facts.keys() - set(rows):
        require(False, f"{payment}: event {missing} is lost")
    for ghost in set(rows) - wanted.facts.keys():
        require(False, f"{payment}: event {ghost} is in the history and was never published")
    require(document["version"] == len(rows), f"{payment}: version {document['version']} of {rows}")
    pairs = {
        "status": (document["status"], wanted.status),
        "amount": (document["amount_minor"], wanted.amount_minor),
        "currency": (document["currency"], wanted.currency),
        "paid_at": (_at(document, "paid_at"), wanted.paid_at),
        "failed_at": (_at(document, "failed_at"), wanted.failed_at),
    }
    for name, (has, must) in pairs.items():
        require(has == must, f"{payment}: {name} is {has}, must be {must}")
    if set(rows) == wanted.facts.keys():
        _check_history(payment, document, rows, wanted, findings)


def _check_history(
    payment: str,
    document: Document,
    rows: list[tuple[str, str]],
    wanted: Expected,
    findings: Findings,
) -> None:
    kinds: list[str] = []
    for identity, row in zip(rows, document["history"], strict=True):
        fact = wanted.facts[identity]
        kinds.append(fact.kind)
        says = (row["event"], row["at"], row["status"])
        must = (f"payment_{fact.kind}", fact.at, status_after(kinds))
        findings.require(says == must, f"{payment}: row {says}, must be {must}")
    if wanted.in_one_partition:
        in_order = rows == list(wanted.facts)
        findings.require(in_order, f"{payment}: history {rows}, published {list(wanted.facts)}")


def _check_sums(
    stored: dict[str, Document], expected: dict[str, Expected], findings: Findings
) -> None:
    for document in stored.values():
        key = (document["currency"], document["status"])
        findings.sums_minor[key] += document["amount_minor"]
    must: dict[tuple[str, str], int] = {}
    for wanted in expected.values():
        key = (wanted.currency, wanted.status)
        must[key] = must.get(key, 0) + wanted.amount_minor
    has = dict(findings.sums_minor)
    findings.require(has == must, f"sums of money are {has}, must be {must}")


def _at(document: Document, name: str) -> datetime | None:
    value: datetime | None = document.get(name)
    return value
