"""The whole check of the transactions pipeline: topics and MongoDB in, findings out."""

from collections.abc import Collection, Sequence
from typing import Any

from pymongo import MongoClient

from faultlab.checker.dead import check_bytes, index_dead_letters
from faultlab.checker.emitted import check_emitted
from faultlab.checker.findings import Findings
from faultlab.checker.logs import Log, LogRecord, read_logs
from faultlab.checker.reference import Fact, fold, read_fact
from faultlab.checker.stored import check_stored

UPSTREAM = "upstream.payments"
DOMAIN = "payops.transactions"
DEAD = "upstream.payments.transactions.dlq"
GROUP = "transactions"

Document = dict[str, Any]

__all__ = ["Findings", "check"]


async def check(
    bootstrap: str, mongo_uri: str, prefix: str, earlier: Sequence[LogRecord] = ()
) -> Findings:
    """Everything that must hold once the pipeline has drained; raises with what does not.

    ``prefix`` is what the service's database is named with. ``earlier`` are upstream records that
    were applied and are in the log no more. Nothing may still be publishing.
    """
    findings = Findings()
    logs = await read_logs(bootstrap, [UPSTREAM, DOMAIN, DEAD])
    with MongoClient[Document](mongo_uri, tz_aware=True) as client:
        database = client[f"{prefix}transactions"]
        stored = {document["_id"]: document for document in database["transactions"].find()}
        positions = {row["_id"]: row["next"] for row in database["positions"].find()}
        waiting = database["outbox"].count_documents({})
    findings.require(waiting == 0, f"{waiting} outbox documents were never published")
    _check_positions(logs[UPSTREAM], positions, findings)
    letters = index_dead_letters(logs[DEAD], UPSTREAM, findings)
    check_bytes(logs[UPSTREAM].records, letters, findings)
    facts = _taken([*earlier, *logs[UPSTREAM].records], letters.keys(), findings)
    check_stored(stored, fold(facts), findings)
    check_emitted(logs[DOMAIN], stored, findings)
    findings.raise_if_any()
    return findings


def _check_positions(log: Log, positions: dict[str, int], findings: Findings) -> None:
    for partition, end in log.ends.items():
        stands = positions.get(f"{GROUP}/{UPSTREAM}/{partition}")
        read = stands == end or (stands is None and end == 0)
        findings.require(read, f"partition {partition} ends at {end}, the group is at {stands}")


def _taken(
    records: Sequence[LogRecord], dead: Collection[tuple[int, int]], findings: Findings
) -> list[Fact]:
    """Facts that must stand in a history: those of all records that are no dead letters."""
    facts: list[Fact] = []
    for record in records:
        if record.place in dead:
            continue
        fact = read_fact(record)
        if fact is None:
            findings.require(False, f"{record.place} can be no fact and is no dead letter")
        else:
            facts.append(fact)
    return facts
