"""What people do with members: block and unblock them, with a reason. Illegal moves raise, and
change nothing."""

from datetime import datetime

from billing_debits.domain.collecting import SOURCE
from billing_debits.domain.errors import MemberBlocked, MemberNotBlocked
from billing_debits.domain.facts import Cause
from billing_debits.domain.member import Block, Member, StandingRow, standing_of
from payops_contracts.charges import ChargeStatus
from payops_contracts.members import MemberEvent


def block(member: Member, by: str, reason: str, now: datetime, trace: str | None = None) -> None:
    """Block it until a person unblocks it, whatever is paid; a policy's block becomes theirs."""
    check_unblocked(member)
    member.block = Block(by, reason, now)
    _record(member, MemberEvent.BLOCKED, by, reason, now, trace)


def unblock(member: Member, by: str, reason: str, now: datetime, trace: str | None = None) -> None:
    """Lift the block; charges that are rejected now bring the policy's no more."""
    check_blocked(member)
    member.block = None
    member.pardoned |= {
        each.charge_id
        for each in member.charges.values()
        if each.status is ChargeStatus.PERMANENT_REJECTED
    }
    _record(member, MemberEvent.UNBLOCKED, by, reason, now, trace)


def check_unblocked(member: Member) -> None:
    """Raise unless a person may block it now."""
    if member.block is not None and not member.block.by_policy:
        raise MemberBlocked("Somebody has blocked the member already.")


def check_blocked(member: Member) -> None:
    """Raise unless there is a block to lift."""
    if member.block is None:
        raise MemberNotBlocked("The member is not blocked.")


def _record(
    member: Member, event: MemberEvent, by: str, reason: str, now: datetime, trace: str | None
) -> None:
    before = member.standing
    member.standing = standing_of(member.charges.values(), member.block)
    member.version += 1
    cause = Cause(SOURCE, f"{member.id}:{event.value}:{member.version}", now, trace)
    row = StandingRow(now, event.value, before, member.standing, None, by, reason)
    member.record(row, cause, said=False)
