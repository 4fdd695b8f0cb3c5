"""A payment's fact: the last state that its transaction told, and the bucket that counts it.

Every event carries the whole state after the change, so the later version wins and whatever is
older or equal says nothing new. A payment counts once, in one bucket, by its last state alone:
a KPI is a pure function of the facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Bucket(NamedTuple):
    """What payments are counted by, and the partition whose consumer counts them."""

    currency: str
    day: str
    """``YYYY-MM-DD`` in the reporting zone."""
    status: str
    method: str
    channel: str
    partition: int
    """Of the record behind the fact's last state, so that no two consumers share a bucket."""


class PaymentFact(NamedTuple):
    """One payment's last state. A tuple, because one is made of every event."""

    transaction_id: str
    version: int
    partition: int
    status: str
    amount_minor: int
    currency: str
    method: str
    channel: str
    provider: str
    type: str
    created_at: datetime
    day: str
    total_refunded_minor: int

    @property
    def bucket(self) -> Bucket:
        """Where the payment counts."""
        return Bucket(
            self.currency, self.day, self.status, self.method, self.channel, self.partition
        )

    @property
    def contribution(self) -> "Contribution":
        """What the payment adds."""
        return Contribution(self.version, self.bucket, self.amount_minor)


class Contribution(NamedTuple):
    """What a stored fact adds to which bucket: all that is needed to take it out again."""

    version: int
    bucket: Bucket
    amount_minor: int


class PaymentTotals(NamedTuple):
    """Payments and their amount in minor units; as a difference both may be negative."""

    payments: int
    amount_minor: int


NOTHING = PaymentTotals(0, 0)


@dataclass(slots=True)
class Changes:
    """What a slice of facts does to what is stored."""

    appeared: list[PaymentFact] = field(default_factory=list)
    moved: list[PaymentFact] = field(default_factory=list)
    """Facts of payments that were known, with a higher version."""
    differences: dict[Bucket, PaymentTotals] = field(default_factory=dict)
    """By bucket, none of them zero. A fact that came by another partition than before is taken
    out of that partition's bucket."""


def latest(facts: Iterable[PaymentFact]) -> dict[str, PaymentFact]:
    """The fact with the highest version of each payment; of equal ones the first."""
    newest: dict[str, PaymentFact] = {}
    for fact in facts:
        known = newest.get(fact.transaction_id)
        if known is None or fact.version > known.version:
            newest[fact.transaction_id] = fact
    return newest


def changes(newest: Mapping[str, PaymentFact], stored: Mapping[str, Contribution]) -> Changes:
    """What changes when the newest facts meet the stored ones; duplicates change nothing."""
    result = Changes()
    counts: dict[Bucket, int] = {}
    amounts: dict[Bucket, int] = {}
    for key, fact in newest.items():
        before = stored.get(key)
        if before is None:
            result.appeared.append(fact)
        elif fact.version > before.version:
            result.moved.append(fact)
            counts[before.bucket] = counts.get(before.bucket, 0) - 1
            amounts[before.bucket] = amounts.get(before.bucket, 0) - before.amount_minor
        else:
            continue
        bucket = fact.bucket
        counts[bucket] = counts.get(bucket, 0) + 1
        amounts[bucket] = amounts.get(bucket, 0) + fact.amount_minor
    result.differences = {
        bucket: PaymentTotals(count, amounts[bucket])
        for bucket, count in counts.items()
        if count or amounts[bucket]
    }
    return result
