"""Buckets of days: what facts count in, a currency, day and partition each, in parts by word.

A fact is the last state that its service told, and all that it counts in is a pure function of
it, so it can be taken out again. The later version wins.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from analytics.domain.payment_facts import Part, PaymentTotals


class DayBucket(NamedTuple):
    """What facts are counted by, and the partition whose consumer counts them."""

    currency: str
    day: str
    """``YYYY-MM-DD`` in the reporting zone."""
    partition: int
    """Of the record behind the fact's last state."""


class DayCounter(NamedTuple):
    """One number pair that is kept: a part of a bucket."""

    bucket: DayBucket
    part: Part


Counted = Iterator[tuple[DayCounter, PaymentTotals]]


class Fact(Protocol):
    """What is counted."""

    @property
    def key(self) -> str:
        """Whose state it is."""
        ...

    @property
    def version(self) -> int:
        """The later one wins."""
        ...

    def counted(self, sign: int = 1) -> Counted:
        """All that it counts in, and with what; to take it out, ``sign`` is -1."""
        ...


F = TypeVar("F", bound=Fact)


@dataclass(slots=True)
class DayChanges(Generic[F]):
    """What a slice of facts does to what is stored."""

    appeared: list[F] = field(default_factory=list)
    moved: list[F] = field(default_factory=list)
    """Facts that were known, with a higher version."""
    sums: dict[DayBucket, dict[Part, list[int]]] = field(default_factory=dict)
    """Number and amount, added up as facts move; they may be zero in the end."""

    def move(self, fact: F, before: F | None) -> None:
        """Count a fact, in place of what it was before."""
        if before is None:
            self.appeared.append(fact)
        else:
            self.moved.append(fact)
            self._count(before.counted(-1))
        self._count(fact.counted())

    def _count(self, counted: Counted) -> None:
        for (bucket, part), (number, amount_minor) in counted:
            has = self.sums.setdefault(bucket, {}).setdefault(part, [0, 0])
            has[0] += number
            has[1] += amount_minor

    @property
    def differences(self) -> dict[DayBucket, dict[Part, PaymentTotals]]:
        """By bucket and part, none of them zero."""
        return {
            bucket: parts
            for bucket, sums in self.sums.items()
            if (parts := {p: PaymentTotals(*each) for p, each in sums.items() if any(each)})
        }


def day_changes(told: Iterable[F], stored: Mapping[str, F]) -> DayChanges[F]:
    """What changes when facts meet the stored ones: the highest version of each counts."""
    newest: dict[str, F] = {}
    for fact in told:
        known = newest.get(fact.key) or stored.get(fact.key)
        if known is None or fact.version > known.version:
            newest[fact.key] = fact
    result: DayChanges[F] = DayChanges()
    for key, fact in newest.items():
        result.move(fact, stored.get(key))
    return result
