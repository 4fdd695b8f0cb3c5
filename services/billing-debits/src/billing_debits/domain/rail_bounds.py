"""What a rail leaves of a policy: how many of its retries, and the rule that ends them."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from billing_debits.domain.policies import WhyNot
from billing_debits.domain.rails import RAILS
from payops_contracts.charges import Rail


class Left(NamedTuple):
    """What a rail leaves of a policy's retries."""

    rail: Rail
    retries: int
    why_not_more: WhyNot
    """The policy itself, the rail's cap, or the rail's last day."""


def left_by_rails(delays: Sequence[timedelta]) -> list[Left]:
    """For each rail, of a policy with these delays; every debit failing as soon as it is sent."""
    return [_left_by(rail, delays) for rail in Rail]


def _left_by(rail: Rail, delays: Sequence[timedelta]) -> Left:
    rules = RAILS[rail]
    in_time = len(delays)
    if rules.within is not None:
        in_time = sum(after <= rules.within for after in accumulate(delays))
    capped = len(delays) if rules.retries_max is None else min(len(delays), rules.retries_max)
    if capped < len(delays) and capped <= in_time:
        return Left(rail, capped, WhyNot.RAIL_CAP)
    if in_time < len(delays):
        return Left(rail, in_time, WhyNot.RAIL_WINDOW)
    return Left(rail, len(delays), WhyNot.POLICY_USED_UP)
