"""What more than one service knows about a rail; its other rules are billing-debits' own."""

from datetime import timedelta

from payops_contracts.charges import Rail

RETURNABLE: dict[Rail, timedelta] = {
    Rail.ACH: timedelta(days=60),
    Rail.SEPA: timedelta(weeks=8),
    Rail.CARD: timedelta(days=120),
}
"""For how long after its success a debit may go back: a consumer's return of an ACH debit, a SEPA
refund without a reason, a chargeback of a card payment."""
