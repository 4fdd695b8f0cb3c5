"""A bulk refund: how many payments it may choose, and what it looks at in each."""

from transactions.domain.refundability import RefundEligibility as Candidate

__all__ = ["BULK_ROWS_MAX", "Candidate"]

BULK_ROWS_MAX = 50_000
