"""The full status by fact table of payments: what a fact does, and why it does nothing."""

from dataclasses import dataclass

from payops_contracts.payments import TransactionStatus as S
from transactions.domain.facts import FactKind as F


@dataclass(frozen=True, slots=True)
class Outcome:
    """``status`` after the fact (None: unchanged) and why it was not applied (None: it was)."""

    status: S | None
    note: str | None = None


_KNOWN = Outcome(None, "ignored: the transaction was known already")
_FAILED = Outcome(None, "ignored: the payment had failed already")
_PAID = Outcome(None, "ignored: the payment was paid already")
_SAME = Outcome(None)

TABLE: dict[tuple[S | None, F], Outcome] = {
    (None, F.CREATED): Outcome(S.CREATED),
    (None, F.PENDING): Outcome(S.CREATED),
    (None, F.FAILED): Outcome(S.FAILED),
    (None, F.PAID): Outcome(S.PAID),
    (S.CREATED, F.CREATED): _KNOWN,
    (S.CREATED, F.PENDING): _SAME,
    (S.CREATED, F.FAILED): Outcome(S.FAILED),
    (S.CREATED, F.PAID): Outcome(S.PAID),
    (S.FAILED, F.CREATED): _KNOWN,
    (S.FAILED, F.PENDING): _FAILED,
    (S.FAILED, F.FAILED): _FAILED,
    (S.FAILED, F.PAID): Outcome(S.PAID),
    (S.PAID, F.CREATED): _KNOWN,
    (S.PAID, F.PENDING): _PAID,
    (S.PAID, F.FAILED): _PAID,
    (S.PAID, F.PAID): _PAID,
    (S.PARTIALLY_REFUNDED, F.CREATED): _KNOWN,
    (S.PARTIALLY_REFUNDED, F.PENDING): _PAID,
    (S.PARTIALLY_REFUNDED, F.FAILED): _PAID,
    (S.PARTIALLY_REFUNDED, F.PAID): _PAID,
    (S.TOTALLY_REFUNDED, F.CREATED): _KNOWN,
    (S.TOTALLY_REFUNDED, F.PENDING): _PAID,
    (S.TOTALLY_REFUNDED, F.FAILED): _PAID,
    (S.TOTALLY_REFUNDED, F.PAID): _PAID,
}
"""``None`` stands for a transaction that is not known yet."""


def outcome(status: S | None, kind: F) -> Outcome:
    """What a fact does to a transaction in a status."""
    return TABLE[status, kind]
