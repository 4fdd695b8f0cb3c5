"""Transactions in MongoDB against the reference."""

from collections import Counter
from datetime import datetime
from typing import Any

from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.ledger import Ledger
from payops_testing.faultlab.checker.money_back import check_money_back
from payops_testing.faultlab.checker.reference import Expected

CONTRADICTED = "event_contradicted"
"""A row beside that of the same event: other content came under its id."""
OWN_SOURCE = "/payops/transactions"
"""What people and timers do stands in a history too, under this source."""

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
    history = document["history"]
    named = [(row["event"] == CONTRADICTED, (row["source"], row["event_id"])) for row in history]
    rows = [identity for contradicted, identity in named if not contradicted]
    told = [row for row in rows if row[0] != OWN_SOURCE]
    require(len(set(rows)) == len(rows), f"{payment}: an event stands twice in its history")
    for missing in wanted.facts.keys() - set(told):
        require(False, f"{payment}: event {missing} is lost")
    for ghost in set(told) - wanted.facts.keys():
        require(False, f"{payment}: event {ghost} is in the history and was never published")
    others = Counter(identity for contradicted, identity in named if contradicted)
    require(others == wanted.others, f"{payment}: contradicted {others}, must be {wanted.others}")
    version = document["version"]
    require(version == len(history), f"{payment}: version {version} of {named}")
    require("parked" not in document, f"{payment}: events are parked beside its history")
    if set(told) != wanted.facts.keys():
        return
    ledger = _replayed(payment, document, wanted, findings)
    pairs = {
        "status": (document["status"], ledger.status),
        "amount": (document["amount_minor"], wanted.amount_minor),
        "currency": (document["currency"], wanted.currency),
        "paid_at": (_at(document, "paid_at"), ledger.payment.get("payment_paid")),
        "failed_at": (_at(document, "failed_at"), ledger.payment.get("payment_failed")),
    }
    for name, (has, must) in pairs.items():
        require(has == must, f"{payment}: {name} is {has}, must be {must}")
    check_money_back(payment, document, ledger, findings)
    if wanted.in_one_partition:
        require(told == wanted.in_order, f"{payment}: history {told}, must be {wanted.in_order}")


def _replayed(payment: str, document: Document, wanted: Expected, findings: Findings) -> Ledger:
    """The books after the history, row by row; each row must say what it did."""
    ledger = Ledger(wanted.amount_minor)
    refunds = {row["refund_id"]: row for row in document.get("refunds", ())}
    for row in document["history"]:
        identity = (row["source"], row["event_id"])
        if row["event"] == CONTRADICTED:
            continue
        if identity[0] != OWN_SOURCE:
            fact = wanted.facts[identity]
            gave = ledger.take(fact)
            must = (fact.kind, fact.at, ledger.status, gave, fact.about)
            about = row.get("refund_id", row.get("dispute_id"))
            moved = row.get("refunded_minor", 0) - row.get("returned_minor", 0) or None
            says = (row["event"], row["at"], row["status"], moved, about)
            findings.require(says == must, f"{payment}: row {says}, must be {must}")
        elif row["event"] == "refund_requested":
            amount = int(refunds.get(row["refund_id"], {"amount_minor": 0})["amount_minor"])
            fits = ledger.request(row["refund_id"], amount)
            findings.require(fits, f"{payment}: {amount} were requested and not so much was left")
    return ledger


def _check_sums(
    stored: dict[str, Document], expected: dict[str, Expected], findings: Findings
) -> None:
    for document in stored.values():
        key = (document["currency"], document["status"])
        findings.sums_minor[key] += document["amount_minor"]
        findings.refunded_minor += document["total_refunded_minor"]
    must: dict[tuple[str, str], int] = {}
    for wanted in expected.values():
        key = (wanted.currency, wanted.ledger.status)
        must[key] = must.get(key, 0) + wanted.amount_minor
    has = dict(findings.sums_minor)
    findings.require(has == must, f"sums of money are {has}, must be {must}")
    back = sum(wanted.ledger.refunded_minor for wanted in expected.values())
    has_back = findings.refunded_minor
    findings.require(has_back == back, f"{has_back} went back in all, must be {back}")


def _at(document: Document, name: str) -> datetime | None:
    value: datetime | None = document.get(name)
    return value
