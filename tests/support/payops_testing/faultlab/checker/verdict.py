"""The whole check of the transactions pipeline: topics and MongoDB in, findings out."""

from collections.abc import Collection, Sequence
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from payops_testing.faultlab.checker.counted import check_counted
from payops_testing.faultlab.checker.dead import check_bytes, index_dead_letters
from payops_testing.faultlab.checker.emitted import check_emitted
from payops_testing.faultlab.checker.facts import Fact, read_fact
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import Log, LogRecord, read_logs
from payops_testing.faultlab.checker.money_back import check_commands
from payops_testing.faultlab.checker.reference import fold
from payops_testing.faultlab.checker.stored import check_stored

UPSTREAM = "upstream.payments"
DOMAIN = "payops.transactions"
COMMANDS = "payops.payment-commands"
DEAD = "upstream.payments.transactions.dlq"
ANALYTICS_DEAD = "payops.transactions.analytics.dlq"
GROUP = "transactions"
ANALYTICS_GROUP = "analytics"
PARTITIONS = 4
"""Those that a topic begins with."""

Document = dict[str, Any]

__all__ = ["Findings", "check"]


async def check(
    bootstrap: str,
    mongo_uri: str,
    prefix: str,
    earlier: Sequence[LogRecord] = (),
    analytics: bool = False,
    strangers: int = 0,
) -> Findings:
    """Everything that must hold once the pipeline has drained; raises with what does not.

    ``prefix`` is what the service's database is named with. ``earlier`` are upstream records that
    were applied and are in the log no more. Nothing may still be publishing. ``analytics`` checks
    what that service has counted too; ``strangers`` records among the domain events are none of
    ours, and are its only dead letters.
    """
    findings = Findings()
    logs = await read_logs(bootstrap, [UPSTREAM, DOMAIN, COMMANDS, DEAD, ANALYTICS_DEAD])
    not_ours = index_dead_letters(logs[ANALYTICS_DEAD], DOMAIN, findings)
    check_bytes(logs[DOMAIN].records, not_ours, findings)
    dead = len(not_ours)
    findings.require(dead == strangers, f"analytics has {dead} dead letters, must have {strangers}")
    ours = [record for record in logs[DOMAIN].records if record.place not in not_ours]
    with MongoClient[Document](mongo_uri, tz_aware=True) as client:
        database = client[f"{prefix}transactions"]
        # At version 0 a document only keeps what waits for a payment that nobody told of yet.
        known = database["transactions"].find({"version": {"$gt": 0}})
        stored = {document["_id"]: document for document in known}
        positions = {row["_id"]: row["next"] for row in database["positions"].find()}
        waiting = database["outbox"].count_documents({})
        if analytics:
            _check_analytics(client[f"{prefix}analytics"], stored, logs, findings)
    findings.require(waiting == 0, f"{waiting} outbox documents were never published")
    _check_positions(GROUP, UPSTREAM, logs[UPSTREAM], positions, findings)
    letters = index_dead_letters(logs[DEAD], UPSTREAM, findings)
    check_bytes(logs[UPSTREAM].records, letters, findings)
    facts = _taken([*earlier, *logs[UPSTREAM].records], letters.keys(), findings)
    check_stored(stored, fold(facts), findings)
    homes = 2 if len(logs[DOMAIN].ends) > PARTITIONS else 1
    check_emitted(ours, stored, findings, homes)
    check_commands(logs[COMMANDS], stored, findings)
    findings.raise_if_any()
    return findings


def _check_positions(
    group: str, topic: str, log: Log, positions: dict[str, int], findings: Findings
) -> None:
    for partition, end in log.ends.items():
        stands = positions.get(f"{group}/{topic}/{partition}")
        read = stands == end or (stands is None and end == 0)
        findings.require(read, f"{topic} {partition} ends at {end}, {group} is at {stands}")


def _check_analytics(
    database: Database[Document],
    stored: dict[str, Document],
    logs: dict[str, Log],
    findings: Findings,
) -> None:
    positions = {row["_id"]: row["next"] for row in database["positions"].find()}
    _check_positions(ANALYTICS_GROUP, DOMAIN, logs[DOMAIN], positions, findings)
    facts = {document["_id"]: document for document in database["payment_facts"].find()}
    buckets = list(database["kpi_buckets"].find({"kpi": "payments"}))
    check_counted(stored, facts, buckets, findings)


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
