"""Analytics against the transactions: facts are their last states, buckets the facts' sums."""

from collections import Counter
from datetime import UTC
from typing import Any

from payops_testing.faultlab.checker.evidence import Evidence
from payops_testing.faultlab.checker.findings import Findings

Document = dict[str, Any]
Bucket = tuple[str, str, str, str, str]

SAME_FIELDS = (
    "version",
    "status",
    "amount_minor",
    "total_refunded_minor",
    "currency",
    "method",
    "channel",
    "created_at",
)


DEAD = "payops.transactions.analytics.dlq"


def check_analytics(evidence: Evidence, findings: Findings) -> None:
    """What it counted agrees with the transactions; strangers are its only dead letters."""
    dead, strangers = len(evidence.letters[DEAD]), evidence.strangers
    findings.require(dead == strangers, f"analytics has {dead} dead letters, must have {strangers}")
    known = evidence.databases["transactions"]["transactions"].find({"version": {"$gt": 0}})
    own = evidence.databases["analytics"]
    check_counted(
        {document["_id"]: document for document in known},
        {document["_id"]: document for document in own["payment_facts"].find()},
        list(own["kpi_buckets"].find({"kpi": "payments"})),
        findings,
    )


def check_counted(
    stored: dict[str, Document],
    facts: dict[str, Document],
    buckets: list[Document],
    findings: Findings,
) -> None:
    """Every transaction is one fact in its last state and counts once; days are UTC's."""
    for payment in stored.keys() ^ facts.keys():
        where = "no fact" if payment in stored else "a fact and no transaction"
        findings.require(False, f"{payment}: {where}")
    for payment in stored.keys() & facts.keys():
        has = [facts[payment][name] for name in SAME_FIELDS]
        must = [stored[payment][name] for name in SAME_FIELDS]
        findings.require(has == must, f"{payment}: the fact is {has}, must be {must}")
    _check_buckets(stored, buckets, findings)


def _check_buckets(
    stored: dict[str, Document], buckets: list[Document], findings: Findings
) -> None:
    must_count: Counter[Bucket] = Counter()
    must_sum: Counter[Bucket] = Counter()
    for document in stored.values():
        key = _bucket(document, document["created_at"].astimezone(UTC).date().isoformat())
        must_count[key] += 1
        must_sum[key] += document["amount_minor"]
    has_count: Counter[Bucket] = Counter()
    has_sum: Counter[Bucket] = Counter()
    for document in buckets:
        key = _bucket(document, document["day"])
        has_count[key] += document["count"]
        has_sum[key] += int(str(document["amount_minor"]))
        findings.require(document["count"] >= 0, f"bucket {key} counts {document['count']}")
    for key in must_count.keys() | has_count.keys():
        has, must = (has_count[key], has_sum[key]), (must_count[key], must_sum[key])
        findings.require(has == must, f"bucket {key} says {has}, must say {must}")


def _bucket(document: Document, day: str) -> Bucket:
    return (
        document["currency"],
        day,
        document["status"],
        document["method"],
        document["channel"],
    )
