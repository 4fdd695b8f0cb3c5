"""Domain events in ``payops.transactions`` against the stored transactions."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from payops_testing.faultlab.checker.facts import instant
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import LogRecord

Document = dict[str, Any]
CheckContent = Callable[[int, Document, Document, Findings], None]
"""Sequence, event, document, where to note what is wrong."""


def check_emitted(
    records: Iterable[LogRecord],
    stored: dict[str, Document],
    findings: Findings,
    homes: int = 1,
    content: CheckContent | None = None,
) -> None:
    """Every step is told at least once, in order, never in two versions, and nothing else is.

    ``homes``: in how many partitions a payment may be told; when the topic was given more
    partitions once, what is told afterwards may lie in a second one. ``content`` judges what an
    event says of a stored document; without one, as of a transaction.
    """
    told: dict[str, dict[int, LogRecord]] = {}
    highest: dict[str, dict[int, int]] = {}
    for record in records:
        event = json.loads(record.value or b"null")
        subject, sequence = event["subject"], int(event["sequence"])
        findings.require(record.key == subject.encode(), f"{subject}: event under {record.key!r}")
        steps = told.setdefault(subject, {})
        there = highest.setdefault(subject, {})
        before = there.get(record.partition, 0)
        later_home = homes > 1 and record.partition not in there
        # In a partition one comes after another; what was told before may be told again.
        fits = sequence <= before + 1 or later_home
        findings.require(fits, f"{subject}: event {sequence} comes after {before}")
        there[record.partition] = max(before, sequence)
        if sequence in steps:
            same = _bytes(steps[sequence]) == _bytes(record)
            findings.require(same, f"{subject}: two different events number {sequence}")
            continue
        steps[sequence] = record
        if subject in stored:
            (content or _check_content)(sequence, event, stored[subject], findings)
    for payment, document in stored.items():
        steps = told.get(payment, {})
        missing = set(range(1, document["version"] + 1)) - steps.keys()
        findings.require(not missing, f"{payment}: events {sorted(missing)} were never published")
        partitions = set(highest.get(payment, ()))
        findings.require(len(partitions) <= homes, f"{payment}: events in partitions {partitions}")
    for ghost in told.keys() - stored.keys():
        findings.require(False, f"{ghost}: events about what does not exist")
    findings.events = sum(len(steps) for steps in told.values())


def _bytes(record: LogRecord) -> tuple[object, ...]:
    return record.key, record.value, record.headers


def _check_content(sequence: int, event: Document, document: Document, findings: Findings) -> None:
    subject = document["_id"]
    if not findings.require(
        sequence <= len(document["history"]), f"{subject}: event {sequence} was never committed"
    ):
        return
    rows, data = document["history"][:sequence], event["data"]
    row = rows[-1]
    says = (
        data["status"],
        data["amount_minor"],
        data["currency"],
        data["total_refunded_minor"],
        data["change"]["event"],
        data["change"]["refunded_minor"],
        data["change"]["returned_minor"],
        data["change"]["applied"],
        data["change"]["cause_source"],
        data["change"]["cause_id"],
        instant(event["time"]),
    )
    must = (
        row["status"],
        document["amount_minor"],
        document["currency"],
        sum(told.get("refunded_minor", 0) - told.get("returned_minor", 0) for told in rows),
        row["event"],
        row.get("refunded_minor"),
        row.get("returned_minor"),
        "note" not in row,
        row["source"],
        row["event_id"],
        row["at"],
    )
    findings.require(says == must, f"{subject}: event {sequence} says {says}, must be {must}")
    if sequence == document["version"]:
        told, kept = _money_back(data), _money_back(document)
        findings.require(told == kept, f"{subject}: the last event tells {told}, not {kept}")


def _money_back(state: Document) -> list[tuple[object, ...]]:
    rows = [*state.get("refunds", ()), *state.get("disputes", ())]
    return [
        (row.get("refund_id", row.get("dispute_id")), row["amount_minor"], row["status"])
        for row in rows
    ]
