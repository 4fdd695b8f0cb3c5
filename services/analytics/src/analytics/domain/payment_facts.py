"""A payment's fact: the last state that its transaction told, and the bucket that counts it.

Every event carries the whole state after the change, so the later version wins and whatever is
older or equal says nothing new. A payment counts in one bucket, by its last state alone: a KPI is
a pure function of the facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from payops_contracts.payments import TransactionStatus

PAID_STATUSES = (
    TransactionStatus.PAID,
    TransactionStatus.PARTIALLY_REFUNDED,
    TransactionStatus.TOTALLY_REFUNDED,
)
"""A refunded payment was paid: it counts with its whole amount."""
_PAID = frozenset(status.value for status in PAID_STATUSES)
_FAILED = TransactionStatus.FAILED.value


class PaymentTotals(NamedTuple):
    """Payments and their amount in minor units; as a difference both may be negative."""

    payments: int
    amount_minor: int

    def plus(self, other: "PaymentTotals") -> "PaymentTotals":
        """Both together."""
        return PaymentTotals(self.payments + other.payments, self.amount_minor + other.amount_minor)


NOTHING = PaymentTotals(0, 0)


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


class Part(NamedTuple):
    """A share of a bucket's payments that is counted by itself."""

    by: str
    """``provider``, ``type``, ``failure_code``, ``refunded``; empty for the whole bucket."""
    word: str | None = None
    """The provider, the type, the code; None when there is none."""


WHOLE = Part("")
REFUNDED = Part("refunded")
"""The payments of which something was given back, and how much of them."""


class Counter(NamedTuple):
    """One number pair that is kept: a bucket, or a part of it."""

    bucket: Bucket
    part: Part = WHOLE


class Contribution(NamedTuple):
    """What a fact adds to which bucket: all that is needed to take it out again."""

    version: int
    bucket: Bucket
    amount_minor: int
    provider: str
    type: str
    failure_code: str | None
    total_refunded_minor: int
    renewed: bool = True
    """False of a fact from before buckets had parts: it counts in the whole alone."""

    def counted(self, sign: int = 1) -> list[tuple[Part, PaymentTotals]]:
        """Every part that the payment counts in, and with what; to take it out, ``sign`` is -1."""
        one = PaymentTotals(sign, sign * self.amount_minor)
        if not self.renewed:
            return [(WHOLE, one)]
        back = self.total_refunded_minor
        refunded = PaymentTotals(sign, sign * back) if back else NOTHING
        return parts_of(
            self.bucket.status, self.provider, self.type, self.failure_code, one, refunded
        )


def parts_of(
    status: str,
    provider: str,
    kind: str,
    failure_code: str | None,
    totals: PaymentTotals,
    refunded: PaymentTotals,
) -> list[tuple[Part, PaymentTotals]]:
    """What payments that have all this in common count in.

    Only what a KPI asks for: what was paid by provider and type, what failed by its reason.
    """
    if status in _PAID:
        paid = [
            (WHOLE, totals),
            (_part("provider", provider), totals),
            (_part("type", kind), totals),
        ]
        return paid if refunded == NOTHING else [*paid, (REFUNDED, refunded)]
    if status == _FAILED:
        return [(WHOLE, totals), (_part("failure_code", failure_code), totals)]
    return [(WHOLE, totals)]


@lru_cache(maxsize=1_024)
def _part(by: str, word: str | None) -> Part:
    return Part(by, word)


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
    failure_code: str | None = None
    """Why it failed, in the provider's word; None when nobody said, or it did not."""
    awaiting_refunds: int = 0
    """Refunds that upstream was asked for and has not settled."""
    awaiting_minor: int = 0
    """Their amount."""

    @property
    def bucket(self) -> Bucket:
        """Where the payment counts."""
        return Bucket(
            self.currency, self.day, self.status, self.method, self.channel, self.partition
        )

    @property
    def contribution(self) -> Contribution:
        """What the payment adds."""
        return Contribution(
            self.version,
            self.bucket,
            self.amount_minor,
            self.provider,
            self.type,
            self.failure_code,
            self.total_refunded_minor,
        )


@dataclass(slots=True)
class Changes:
    """What a slice of facts does to what is stored."""

    appeared: list[PaymentFact] = field(default_factory=list)
    moved: list[PaymentFact] = field(default_factory=list)
    """Facts of payments that were known, with a higher version or more to tell."""
    sums: dict[Bucket, dict[Part, list[int]]] = field(default_factory=dict)
    """Payments and amount, added up as facts move; they may be zero in the end."""

    def move(self, fact: PaymentFact, before: Contribution | None) -> None:
        """Count a fact, in place of what it was before."""
        if before is None:
            self.appeared.append(fact)
        else:
            self.moved.append(fact)
            self._count(before, -1)
        self._count(fact.contribution, 1)

    def _count(self, contribution: Contribution, sign: int) -> None:
        sums = self.sums.setdefault(contribution.bucket, {})
        for part, (payments, amount_minor) in contribution.counted(sign):
            has = sums.get(part)
            if has is None:
                sums[part] = [payments, amount_minor]
            else:
                has[0] += payments
                has[1] += amount_minor

    @property
    def differences(self) -> dict[Bucket, dict[Part, PaymentTotals]]:
        """By bucket and part, none of them zero. A fact that came by another partition than before
        is taken out of that partition's bucket.
        """
        return {
            bucket: parts
            for bucket, sums in self.sums.items()
            if (parts := {p: PaymentTotals(*each) for p, each in sums.items() if any(each)})
        }


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
    for key, fact in newest.items():
        before = stored.get(key)
        if before is None or fact.version > before.version:
            result.move(fact, before)
    return result


def renewals(told: Iterable[PaymentFact], stored: Mapping[str, Contribution]) -> Changes:
    """What changes when states that are stored in an old form are told once more.

    The payment stays where it counts, in the partition of its fact; other versions change nothing.
    """
    result = Changes()
    done: set[str] = set()
    for fact in told:
        before, key = stored.get(fact.transaction_id), fact.transaction_id
        if before is None or before.renewed or before.version != fact.version or key in done:
            continue
        done.add(key)
        result.move(fact._replace(partition=before.bucket.partition), before)
    return result
