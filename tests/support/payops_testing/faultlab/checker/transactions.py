"""The transactions service: upstream's log in, transactions, domain events and commands out."""

from collections.abc import Collection, Sequence

from payops_testing.faultlab.checker.emitted import check_emitted
from payops_testing.faultlab.checker.evidence import Evidence, Place
from payops_testing.faultlab.checker.facts import Fact, read_fact
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import LogRecord
from payops_testing.faultlab.checker.money_back import check_commands
from payops_testing.faultlab.checker.reference import fold
from payops_testing.faultlab.checker.stored import check_stored

UPSTREAM = "upstream.payments"
DOMAIN = "payops.transactions"
COMMANDS = "payops.payment-commands"
DEAD = "upstream.payments.transactions.dlq"
PARTITIONS = 4
"""Those that a topic begins with."""


def check_transactions(evidence: Evidence, findings: Findings) -> None:
    """Every fact in its history, every step told, every refund commanded, and nothing else."""
    # At version 0 a document only keeps what waits for a payment that nobody told of yet.
    known = evidence.databases["transactions"]["transactions"].find({"version": {"$gt": 0}})
    stored = {document["_id"]: document for document in known}
    told = [*evidence.earlier, *evidence.logs[UPSTREAM].records]
    check_stored(stored, fold(_taken(told, evidence.letters[DEAD].keys(), findings)), findings)
    domain = evidence.logs[DOMAIN]
    not_ours = {
        place
        for topic, letters in evidence.letters.items()
        if topic.startswith(f"{DOMAIN}.")
        for place in letters
    }
    ours = [record for record in domain.records if record.place not in not_ours]
    homes = 2 if len(domain.ends) > PARTITIONS else 1
    check_emitted(ours, stored, findings, homes)
    check_commands(evidence.logs[COMMANDS], stored, findings)


def _taken(records: Sequence[LogRecord], dead: Collection[Place], findings: Findings) -> list[Fact]:
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
