"""A person blocks a member, or unblocks them."""

from typing import Any

from billing_debits.domain.blocking import block, unblock
from billing_debits.domain.member import Member
from payops_kernel.errors import NotFound
from payops_kernel.ports import CommandAnswer, Repository, Work


class MemberNotFound(NotFound):
    """There is no member with this mPass number."""

    code = "member_not_found"


def member_not_found(mpass_number: str) -> MemberNotFound:
    """The refusal for a number that no charge has named."""
    return MemberNotFound(f"There is no member '{mpass_number}'.")


class BlockMember:
    """The use case behind ``POST`` and ``DELETE /v1/members/{mpass_number}/block``."""

    def __init__(self, members: Repository[Member]) -> None:
        self._members = members

    async def __call__(self, work: Work, mpass_number: str, reason: str) -> CommandAnswer:
        """200 with the member's standing; raises not found, or that a person blocked it before."""
        member = await work.load(self._members, mpass_number)
        before, context = _standing(member), work.context
        block(member, context.actor.subject, reason, work.now, context.traceparent)
        return self._done(work, member, "member.block", before)

    async def lift(self, work: Work, mpass_number: str, reason: str) -> CommandAnswer:
        """200 with the member's standing; raises not found, or that there is no block."""
        member = await work.load(self._members, mpass_number)
        before, context = _standing(member), work.context
        unblock(member, context.actor.subject, reason, work.now, context.traceparent)
        return self._done(work, member, "member.unblock", before)

    def _done(
        self, work: Work, member: Member, action: str, before: dict[str, Any]
    ) -> CommandAnswer:
        after = _standing(member)
        work.audit(action, "member", member.id, before=before, after=after)
        work.save(member)
        return CommandAnswer(200, {"mpass_number": member.id, "since": member.since} | after)


def _standing(member: Member) -> dict[str, Any]:
    block = member.block
    return {
        "standing": member.standing.value,
        "block": None if block is None else block._asdict(),
    }
