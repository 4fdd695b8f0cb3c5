"""Contexts for simulations: each transaction has one, as its last state tells it."""

import json

from payops_testing.faultlab.checker.evidence import Evidence
from payops_testing.faultlab.checker.findings import Findings

DEAD = "payops.transactions.checkout-rules.dlq"
SAME_FIELDS = ("amount_minor", "currency", "channel", "type")


def check_contexts(evidence: Evidence, findings: Findings) -> None:
    """What it kept agrees with the transactions; strangers are its only dead letters."""
    dead, strangers = len(evidence.letters[DEAD]), evidence.strangers
    findings.require(dead == strangers, f"rules have {dead} dead letters, must have {strangers}")
    known = evidence.databases["transactions"]["transactions"].find({"version": {"$gt": 0}})
    stored = {each["_id"]: [each[name] for name in SAME_FIELDS] for each in known}
    own = evidence.databases["checkout_rules"]
    kept = {each["_id"]: json.loads(each["said"])[1:5] for each in own["payment_contexts"].find()}
    for payment in stored.keys() | kept.keys():
        has, must = kept.get(payment), stored.get(payment)
        findings.require(has == must, f"{payment}: the context is {has}, must be {must}")
    rows = sum(each["rows"] for each in own["context_days"].find())
    findings.require(rows == len(kept), f"days have {rows} contexts, must have {len(kept)}")
