"""Which transactions: the one filter that list, count, export and bulk actions share."""

from dataclasses import dataclass
from datetime import datetime

from payops_contracts.payments import PaymentType, TransactionStatus


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """All conditions must hold; an empty one does not count. Amounts in minor units, inclusive."""

    status: tuple[TransactionStatus, ...] = ()
    method: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    type: tuple[PaymentType, ...] = ()
    currency: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    """User ids."""
    created_from: datetime | None = None
    created_to: datetime | None = None
    """Exclusive, so that days and months join without a gap or a double."""
    amount_from: int | None = None
    amount_to: int | None = None
    q: str | None = None
    """The beginning of a transaction ID, of the customer's e-mail or of a word of their name."""
