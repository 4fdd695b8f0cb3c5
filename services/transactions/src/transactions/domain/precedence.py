"""What a known transaction makes of a fact about its payment: news, or why it is none.

The status after it is not said here. It is derived from all that is known (``Transaction.status``),
so that it cannot depend on the order of arrival: a payment that was refunded before it is said to
be paid is at once Partially Refunded.
"""

from payops_contracts.payments import TransactionStatus as S
from transactions.domain.facts import FactKind as F

_KNOWN = "ignored: the transaction was known already"
_FAILED = "ignored: the payment had failed already"
_PAID = "ignored: the payment was paid already"

WHY_IGNORED: dict[tuple[S, F], str | None] = {
    (S.CREATED, F.CREATED): _KNOWN,
    (S.CREATED, F.PENDING): None,
    (S.CREATED, F.FAILED): None,
    (S.CREATED, F.PAID): None,
    (S.FAILED, F.CREATED): _KNOWN,
    (S.FAILED, F.PENDING): _FAILED,
    (S.FAILED, F.FAILED): _FAILED,
    (S.FAILED, F.PAID): None,
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
"""By the status before the fact; None: the fact is applied."""
