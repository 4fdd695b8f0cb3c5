"""What each rail allows, as data with its source: how often a debit may be tried again, which
declines are final, and how long a collected debit may go back.

A rail's caps bound every retry policy; a policy may allow less, never more.
"""

from datetime import timedelta
from typing import NamedTuple

from payops_contracts.charges import Rail
from payops_contracts.rails import RETURNABLE


class RailRules(NamedTuple):
    """One rail's rules."""

    retries_max: int | None
    """How often a failed debit may be tried again; None when the rail sets no limit."""
    within: timedelta | None
    """The last day for that, counted from the first attempt; None when the rail sets none."""
    returnable: timedelta
    """For how long after its success a debit may go back."""
    source: str
    """Whose rules these are."""
    hard_declines: frozenset[str]
    """Codes after which nothing is tried again, beside :data:`HARD_DECLINES`."""
    soft_declines: frozenset[str]
    """Codes after which it is tried again, beside :data:`SOFT_DECLINES`."""


HARD_DECLINES = frozenset(
    {
        "account_closed",
        "account_blocked",
        "account_invalid",
        "authentication_required",
        "authorization_revoked",
        "card_expired",
        "card_lost",
        "card_stolen",
        "closed_account",
        "do_not_try_again",
        "expired_card",
        "fraud_suspected",
        "lost_card",
        "mandate_cancelled",
        "mandate_missing",
        "mandate_revoked",
        "no_account",
        "payer_deceased",
        "stolen_card",
    }
)
"""Codes in words, of any rail: no payer is there to authenticate or to give another account."""

SOFT_DECLINES = frozenset(
    {
        "amount_limit_exceeded",
        "do_not_honor",
        "insufficient_funds",
        "issuer_unavailable",
        "limit_exceeded",
        "processing_error",
        "processor_unavailable",
        "temporarily_unavailable",
        "try_again_later",
    }
)
"""Codes in words, of any rail, after which another day may bring the money."""


def _codes(said: str) -> frozenset[str]:
    return frozenset(said.split())


RAILS: dict[Rail, RailRules] = {
    Rail.ACH: RailRules(
        retries_max=2,
        within=timedelta(days=180),
        returnable=RETURNABLE[Rail.ACH],
        source="Nacha Operating Rules 2.12.4: two reinitiated entries within 180 days",
        # Account closed, no account, invalid number, revoked, stopped, unauthorized, frozen, …
        hard_declines=_codes("R02 R03 R04 R05 R07 R08 R10 R11 R12 R13 R14 R15 R16 R20 R29 R31 R51"),
        soft_declines=frozenset({"R01", "R09"}),
    ),
    Rail.SEPA: RailRules(
        retries_max=None,
        within=None,
        returnable=RETURNABLE[Rail.SEPA],
        source="EPC SDD Core Rulebook: no limit on new collections, refunds within eight weeks",
        hard_declines=_codes("AC01 AC04 AC06 AC13 AG01 MD01 MD02 MD06 MD07 SL01"),
        soft_declines=frozenset({"AM04", "MS02", "MS03"}),
    ),
    Rail.CARD: RailRules(
        retries_max=15,
        within=None,
        returnable=RETURNABLE[Rail.CARD],
        source="Visa's excessive reattempts rule: 15 in 30 days, none after a category 1 decline",
        hard_declines=_codes("04 07 12 14 15 41 43 46 54 57 R0 R1 R3"),
        soft_declines=_codes("05 51 61 65 91 96"),
    ),
}


def is_hard_decline(rail: Rail, code: str) -> bool:
    """Whether nothing is tried again after this code."""
    return code in RAILS[rail].hard_declines or code.lower() in HARD_DECLINES


def is_known_decline(rail: Rail, code: str) -> bool:
    """Whether anybody has said what follows this code; an unknown one is tried again, and seen."""
    known = RAILS[rail].soft_declines
    return is_hard_decline(rail, code) or code in known or code.lower() in SOFT_DECLINES
