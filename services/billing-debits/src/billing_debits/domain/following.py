"""Charges into their members: a later sequence of a charge wins, an older or equal one is known."""

from typing import NamedTuple

from billing_debits.domain.facts import Cause, Payer
from billing_debits.domain.member import (
    Member,
    MemberCharge,
    StandingRow,
    age,
    policy_block,
    standing_of,
)
from payops_contracts.charges import ChargeHistoryEvent
from payops_contracts.ids import MpassNumber
from payops_kernel.facts import HistoryFull

CHARGES_MAX = 20_000
"""Of one member: some megabytes."""


class ChargeFact(NamedTuple):
    """A charge after a step, as our own event told it."""

    cause: Cause
    mpass_number: MpassNumber
    payer: Payer
    event: str
    """What happened to it: a ``ChargeHistoryEvent``."""
    charge: MemberCharge


def follow(member: Member | None, fact: ChargeFact, *, block_after_rejection: bool) -> Member:
    """The member after a fact; unchanged when it knows that, or something later, of the charge.

    Raises ``HistoryFull`` before changing anything.
    """
    told, at = fact.charge, fact.cause.occurred_at
    before = None if member is None else member.standing
    if member is None:
        member = Member(fact.mpass_number, fact.payer, at)
    member.step = None
    known = member.charges.get(told.charge_id)
    if known is not None and told.sequence <= known.sequence:
        return member
    if known is None and len(member.charges) >= CHARGES_MAX:
        raise HistoryFull(f"the member has {CHARGES_MAX} charges")
    if all(age(each) <= age(told) for each in member.charges.values()):
        member.payer = fact.payer
    member.charges[told.charge_id] = told
    member.version = max(member.version + 1, told.sequence)
    if member.block is None or member.block.by_policy:
        pardoned = member.pardoned
        member.block = policy_block(member.charges, pardoned) if block_after_rejection else None
    member.standing = standing_of(member.charges.values(), member.block)
    row = StandingRow(at, fact.event, before, member.standing, told.charge_id)
    # The charge's database was restored: what was said of the member may be forgotten, too.
    member.record(row, fact.cause, said=fact.event == ChargeHistoryEvent.RESTORED.value)
    return member
