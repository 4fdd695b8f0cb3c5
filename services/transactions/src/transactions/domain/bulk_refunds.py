"""A bulk refund: what is left of each chosen transaction."""

from typing import NamedTuple

from transactions.domain.refundability import available, refusal, remaining

BULK_ROWS_MAX = 50_000


class Candidate(NamedTuple):
    """What a bulk refund needs to know of a transaction; amounts in minor units."""

    transaction_id: str
    status: str
    provider: str
    method: str
    currency: str
    amount_minor: int
    refunded_minor: int
    lost_minor: int
    in_flight_minor: int
    open_disputes: int

    @property
    def available_minor(self) -> int:
        """What may still be requested."""
        left = remaining(self.status, self.amount_minor, self.refunded_minor, self.lost_minor)
        return available(left, self.in_flight_minor)

    @property
    def refusal(self) -> str | None:
        """Why it cannot be refunded now; None when it can."""
        return refusal(
            status=self.status,
            provider=self.provider,
            method=self.method,
            open_disputes=self.open_disputes,
            available_minor=self.available_minor,
        )
