"""Exposure: what was collected and may still go back within its rail's window."""

from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import Charge
from billing_debits.domain.rails import RAILS


class Exposure(NamedTuple):
    """What may still go back of one charge, in minor units of its currency."""

    returnable_minor: int
    returnable_until: datetime | None
    """The last instant at which some of it may go back; None when nothing may any more."""


NOTHING = Exposure(0, None)


def end_of_window(charge: Charge, attempt: Attempt) -> datetime | None:
    """Until when a debit that is collected may go back; None for one that is not."""
    succeeded = attempt.succeeded_at if attempt.collected else None
    return None if succeeded is None else succeeded + RAILS[charge.raised.rail].returnable


def exposure(charge: Charge, now: datetime) -> Exposure:
    """Of all its debits that are collected; a second success, which is owed back, counts too."""
    ends = (end_of_window(charge, each) for each in charge.attempts)
    still = [end for end in ends if end is not None and end > now]
    if not still:
        return NOTHING
    return Exposure(len(still) * charge.raised.amount_minor, max(still))
