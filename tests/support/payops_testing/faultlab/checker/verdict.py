"""The whole check of a pipeline: topics and MongoDB in, findings out."""

from collections.abc import Sequence
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from payops_testing.faultlab.checker.dead import check_bytes, index_dead_letters
from payops_testing.faultlab.checker.evidence import Evidence
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import Log, LogRecord, read_logs
from payops_testing.faultlab.service import ServiceUnderFault

Document = dict[str, Any]


async def check(
    bootstrap: str,
    mongo_uri: str,
    prefix: str,
    services: Sequence[ServiceUnderFault],
    earlier: Sequence[LogRecord] = (),
    strangers: int = 0,
) -> Findings:
    """Everything that must hold once the pipeline has drained; raises with what does not.

    ``prefix`` is what the databases are named with. ``earlier`` are upstream records that were
    applied and are in the log no more. Nothing may still be publishing. ``strangers`` records
    among our own events are none of ours, and are the only dead letters of who reads them.
    """
    findings = Findings()
    topics = {each for s in services for each in (s.reads, *s.says, s.dead_letters)}
    logs = await read_logs(bootstrap, sorted(topics))
    letters = {
        s.dead_letters: index_dead_letters(logs[s.dead_letters], s.reads, findings)
        for s in services
    }
    with MongoClient[Document](mongo_uri, tz_aware=True) as client:
        databases = {s.name: client[f"{prefix}{s.name}"] for s in services}
        evidence = Evidence(logs, databases, letters, earlier, strangers)
        for service in services:
            log, database = logs[service.reads], databases[service.name]
            check_bytes(log.records, letters[service.dead_letters], findings)
            _check_standing(service, log, database, findings)
            service.check(evidence, findings)
    findings.raise_if_any()
    return findings


def _check_standing(
    service: ServiceUnderFault, log: Log, database: Database[Document], findings: Findings
) -> None:
    """All is read, and all is published."""
    waiting = database["outbox"].count_documents({})
    findings.require(waiting == 0, f"{waiting} outbox documents were never published")
    positions = {row["_id"]: row["next"] for row in database["positions"].find()}
    for partition, end in log.ends.items():
        stands = positions.get(service.row_id(partition))
        read = stands == end or (stands is None and end == 0)
        sentence = f"{service.reads} {partition} ends at {end}, {service.name} is at {stands}"
        findings.require(read, sentence)
