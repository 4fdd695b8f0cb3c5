"""The smallest service in the fault laboratory: the kernel's faults are proven on it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from parcels.contracts import CARRIER_PARCELS, PARCELS, PARCELS_ON_CARRIER
from payops_contracts.topics import dead_letter_topic
from payops_testing.faultlab.checker.emitted import check_emitted
from payops_testing.faultlab.checker.evidence import Evidence
from payops_testing.faultlab.checker.facts import instant, read_event
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import LogRecord
from payops_testing.faultlab.service import ServiceUnderFault
from payops_testing.parcels.carrier import SOURCE, carried

Document = dict[str, Any]

RANK = ["ANNOUNCED", "WAITING", "RETURNED", "COLLECTED"]
SAYS = {"announced": "ANNOUNCED", "arrived": "WAITING", "collected": "COLLECTED"}


def check_parcels(evidence: Evidence, findings: Findings) -> None:
    """Every fact once, in its order, every step told, and nothing else."""
    dead = evidence.letters[PARCELS_ON_CARRIER.dead_letter_topic]
    log = evidence.logs[CARRIER_PARCELS.name].records
    told = _told([record for record in log if record.place not in dead])
    known = evidence.databases["parcels"]["parcels"].find({"version": {"$gt": 0}})
    stored = {document["_id"]: document for document in known}
    findings.require(told.keys() == stored.keys(), f"differ: {told.keys() ^ stored.keys()}")
    for parcel in told.keys() & stored.keys():
        _check_one(stored[parcel], told[parcel], findings)
    check_emitted(evidence.logs[PARCELS.name].records, stored, findings, content=_check_content)
    findings.payments = len(stored)
    findings.history_rows = sum(len(document["seen"]) for document in stored.values())


def _told(records: list[LogRecord]) -> Mapping[str, dict[str, tuple[LogRecord, Document]]]:
    """By parcel and event, in the log's order; what is told again counts once."""
    told: dict[str, dict[str, tuple[LogRecord, Document]]] = defaultdict(dict)
    for record in records:
        event = read_event(record)
        name = f"{event['source']} {event['id']}"
        told[event["subject"]].setdefault(name, (record, event))
    return told


def _check_one(
    document: Document, told: dict[str, tuple[LogRecord, Document]], findings: Findings
) -> None:
    require, parcel, seen = findings.require, document["_id"], document["seen"]
    ours = [name for name in seen if not name.startswith(f"{SOURCE} ")]
    carriers = [name for name in seen if name not in ours]
    require(len(set(seen)) == len(seen) == document["version"], f"{parcel}: {seen}")
    require(set(carriers) == set(told), f"{parcel}: {carriers}, must be {[*told]}")
    if len({record.partition for record, _ in told.values()}) == 1:
        # What came before the announcement has waited for it.
        order = sorted(told, key=lambda name: "recipient" not in told[name][1]["data"])
        require(carriers == order, f"{parcel}: {carriers}, must be in the order {order}")
    changes = [SAYS[event["type"].split(".")[2]] for _, event in told.values()]
    changes += ["RETURNED"] * len(ours)
    status = max(changes, key=RANK.index)
    require(document["status"] == status, f"{parcel}: {document['status']}, must be {status}")
    (announced,) = [event for _, event in told.values() if "recipient" in event["data"]]
    says = (document["recipient"], document["announced_at"])
    must = (announced["data"]["recipient"], instant(announced["time"]))
    require(says == must, f"{parcel}: {says}, must be {must}")


def _check_content(sequence: int, event: Document, document: Document, findings: Findings) -> None:
    """The event of a step says which it was, and the last one how the parcel is."""
    name, kind = document["seen"][sequence - 1 : sequence], event["data"]["change"]
    if not findings.require(bool(name), f"{document['_id']}: {sequence} was never committed"):
        return
    fact = name[0].rpartition("-")[2] if name[0].startswith(f"{SOURCE} ") else None
    must = "RETURNED" if fact is None else SAYS[fact]
    findings.require(kind == must, f"{document['_id']}: event {sequence} says {kind}, not {must}")
    status = event["data"]["status"]
    last = sequence < document["version"] or status == document["status"]
    findings.require(last, f"{document['_id']}: the last event says {status}")


PARCELS_SERVICE = ServiceUnderFault(
    name="parcels",
    reads=CARRIER_PARCELS.name,
    says=(PARCELS.name,),
    state=lambda database: database["parcels"].find(),
    check=check_parcels,
    events=carried,
    folder="examples/smallest-service",
    topics=(CARRIER_PARCELS, PARCELS, dead_letter_topic(PARCELS_ON_CARRIER)),
)
