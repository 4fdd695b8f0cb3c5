"""Contexts of the past: one a payment, as its last state tells it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from checkout_rules.domain.blocks import leaves
from checkout_rules.domain.conditions import AMOUNT, CURRENCY
from checkout_rules.domain.contexts import CHANNEL, TYPE, payment_context
from checkout_rules.domain.values import Scalar
from payops_contracts.ids import TransactionId

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """An aware instant as milliseconds since 1970, what is finer cut off."""
    return (at - EPOCH) // timedelta(milliseconds=1)


class PastContext(NamedTuple):
    """What a checkout knew of one payment, as far as the payment tells."""

    transaction_id: TransactionId
    sequence: int
    """Of the state that told it first: a later state that tells the same changes nothing."""
    at_ms: int
    """When the payment was made, by upstream's clock: milliseconds since 1970."""
    amount_minor: int
    currency: str
    channel: str
    type: str
    attributes: Mapping[str, Scalar]

    @property
    def day(self) -> date:
        """Of UTC: windows have the days of a zone, what is stored has none."""
        return (EPOCH + timedelta(milliseconds=self.at_ms)).date()

    def context(self) -> dict[str, Any]:
        """As rules look at it."""
        return payment_context(
            self.amount_minor, self.currency, self.channel, self.type, self.attributes
        )


@lru_cache(4_096)
def with_a_place(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Which attributes are in a context at all: payments mostly have the same ones."""
    context = payment_context(0, "", "", "", dict.fromkeys(paths, 0))
    there = {path for path, _value in leaves(context)} - {AMOUNT, CURRENCY, CHANNEL, TYPE}
    return tuple(path for path in paths if path in there)


class Learned(NamedTuple):
    """What a slice of states says that was not known."""

    appeared: list[PastContext]
    moved: list[PastContext]
    """In place of what is stored of the same payment."""
    rows: Counter[date]
    """Day → contexts that it has more, or fewer."""
    changes: Counter[date]
    """Day → how often something of it changed: what was packed of it before is out of date."""


def learned(told: Iterable[PastContext], known: Mapping[str, PastContext]) -> Learned:
    """What is new in states that come in any order and twice; ``known`` is what is stored of them.

    Each state was told in its order at least once before it comes late, so an older one never says
    anything new.
    """
    newest: dict[str, PastContext] = {}
    for each in told:
        before = newest.get(each.transaction_id) or known.get(each.transaction_id)
        if before is None or (each.sequence > before.sequence and each[2:] != before[2:]):
            newest[each.transaction_id] = each
    found = Learned([], [], Counter(), Counter())
    for each in newest.values():
        stored = known.get(each.transaction_id)
        (found.appeared if stored is None else found.moved).append(each)
        found.rows[each.day] += 1
        found.changes[each.day] += 1
        if stored is not None:
            found.rows[stored.day] -= 1
            found.changes[stored.day] += each.day != stored.day
    return found
