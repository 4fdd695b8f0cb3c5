"""Refunds and disputes of a stored transaction, and the commands that ask for refunds."""

import json
from typing import Any

from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.ledger import OPEN_REFUNDS, Answers, Ledger
from payops_testing.faultlab.checker.logs import Log

Document = dict[str, Any]


def check_money_back(payment: str, document: Document, ledger: Ledger, findings: Findings) -> None:
    """Each refund and dispute once and in its state, the sums theirs, nothing twice on its way."""
    refunds, disputes = document.get("refunds", []), document.get("disputes", [])
    sums = {
        "total_refunded_minor": ledger.refunded_minor,
        "in_flight_minor": ledger.in_flight_minor,
        "lost_minor": ledger.lost_minor,
        "open_disputes": ledger.open_disputes,
    }
    for name, must in sums.items():
        has = document.get(name, 0)
        findings.require(has == must, f"{payment}: {name} is {has}, must be {must}")
    for rows, known, name in (
        (refunds, ledger.refunds, "refund_id"),
        (disputes, ledger.disputes, "dispute_id"),
    ):
        ids = [row[name] for row in rows]
        wrong = f"{payment}: it has {name} {sorted(ids)}, must have {sorted(known)}"
        findings.require(sorted(ids) == sorted(known), wrong)
    for row in refunds:
        if row["refund_id"] in ledger.refunds:
            _check_refund(payment, row, ledger.refunds[row["refund_id"]], findings)
    for row in disputes:
        if row["dispute_id"] in ledger.disputes:
            _check_dispute(payment, row, ledger.disputes[row["dispute_id"]], findings)


def check_commands(log: Log, stored: dict[str, Document], findings: Findings) -> None:
    """Every requested refund is commanded, under the one key that it was stored with."""
    told: dict[str, tuple[str, str, int, str]] = {}
    for record in log.records:
        data = json.loads(record.value or b"null")["data"]
        says = (
            data["transaction_id"],
            data["refund_id"],
            data["amount_minor"],
            data["currency"],
        )
        first = told.setdefault(data["idempotency_key"], says)
        findings.require(first == says, f"two commands of one key: {first}, {says}")
    must = {
        row["key"]: (payment, row["refund_id"], row["amount_minor"], document["currency"])
        for payment, document in stored.items()
        for row in document.get("refunds", ())
        if not row["external"]
    }
    for key in must.keys() | told.keys():
        has, wanted = told.get(key), must.get(key)
        findings.require(has == wanted, f"the command of {key} is {has}, must be {wanted}")
    requests = sum(not row["external"] for d in stored.values() for row in d.get("refunds", ()))
    findings.require(len(must) == requests, f"{requests} refunds share {len(must)} keys")


def _check_refund(payment: str, row: Document, wanted: Answers, findings: Findings) -> None:
    status = row["status"]
    # Nobody answers what nobody has heard of yet: after a while that is an outcome of its own.
    unknown = status == "UNKNOWN" and wanted.requested and wanted.refund_status in OPEN_REFUNDS
    has = (
        row["amount_minor"],
        wanted.refund_status if unknown else status,
        not row["external"],
        row.get("returned", False),
        row.get("failed_at" if status == "FAILED" else "succeeded_at"),
    )
    must = (
        wanted.amount_minor,
        wanted.refund_status,
        wanted.requested,
        wanted.returned,
        wanted.settled_at,
    )
    name = row["refund_id"]
    findings.require(has == must, f"{payment}: refund {name} is {has}, must be {must}")


def _check_dispute(payment: str, row: Document, wanted: Answers, findings: Findings) -> None:
    names = ("amount_minor", "lost_minor", "status", "opened_at", "settled_at")
    has = tuple(row.get(name) for name in names)
    must = (
        wanted.disputed_minor,
        wanted.lost_minor,
        wanted.dispute_status,
        min((at for at, _ in wanted.opened), default=None),
        wanted.settled_at,
    )
    name = row["dispute_id"]
    findings.require(has == must, f"{payment}: dispute {name} is {has}, must be {must}")
