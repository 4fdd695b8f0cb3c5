"""What a hub's subscriptions are made of, with how often each is seen."""

from __future__ import annotations

from payops_contracts.subscriptions import BillingMode, Interval
from payops_local.simulator.words import Weighted

RECURRENCES = Weighted.of(
    {
        (Interval.MONTH, 1): 68,
        (Interval.MONTH, 3): 8,
        (Interval.YEAR, 1): 9,
        (Interval.WEEK, 1): 6,
        (Interval.WEEK, 2): 4,
        (Interval.DAY, 10): 5,
    }
)
"""(interval, count)"""
PAST_RECURRENCES = Weighted.of(
    {
        (Interval.MONTH, 1): 72,
        (Interval.MONTH, 3): 8,
        (Interval.YEAR, 1): 9,
        (Interval.WEEK, 4): 5,
        (Interval.DAY, 30): 6,
    }
)
"""Of those whose payments wait until they are told of: not many payments, and periods longer than
all retries of one, so that each attempt is its period's in whatever order they arrive."""
PLANS: dict[Interval, Weighted[tuple[str, int]]] = {
    Interval.DAY: Weighted.of({("Newspaper", 1_150): 3, ("Parking", 2_900): 2}),
    Interval.WEEK: Weighted.of({("Vegetable box", 2_690): 3, ("Yoga class", 1_800): 2}),
    Interval.MONTH: Weighted.of(
        {
            ("Membership", 3_230): 30,
            ("Music streaming", 1_099): 25,
            ("Film club", 1_590): 20,
            ("Online course", 4_900): 10,
            ("Cloud storage", 299): 15,
        }
    ),
    Interval.YEAR: Weighted.of({("Membership, a year", 29_900): 3, ("Domain name", 1_400): 2}),
}
"""Interval → (what it is for, its price in US cents)."""

BILLING = Weighted.of({BillingMode.HUB: 55, BillingMode.PROVIDER: 45})

FAILURES: Weighted[tuple[str, str | None]] = Weighted.of(
    {
        ("insufficient_funds", "The account has insufficient funds."): 45,
        ("card_declined", "The issuer declined the payment."): 30,
        ("expired_card", "The card has expired."): 15,
        ("timeout", None): 10,
    }
)
"""Why a payment fails that no customer starts: nobody is there to cancel it."""
REVOCATIONS = Weighted.of(
    {
        "The customer revoked the mandate.": 60,
        "The customer removed the card from their wallet.": 40,
    }
)
PROVIDER_ENDS = Weighted.of(
    {
        "The customer cancelled at the provider.": 70,
        "The customer's account at the provider was closed.": 30,
    }
)
