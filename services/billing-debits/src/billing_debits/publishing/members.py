"""What steps of members say to the world: their standing, when it changed."""

from collections.abc import Iterable

from billing_debits.domain.collecting import SOURCE
from billing_debits.domain.member import Member
from payops_contracts.envelope import domain_event
from payops_contracts.members import MemberEvent
from payops_contracts.topics import MEMBERS
from payops_kernel.ports import OutgoingMessage, event_message

_TYPES = {MemberEvent.BLOCKED.value: "blocked", MemberEvent.UNBLOCKED.value: "unblocked"}
_STANDING_CHANGED = "standing-changed"


def standing_messages(member: Member) -> Iterable[OutgoingMessage]:
    """The event about the last step, when the standing changed in it; else nothing."""
    step = member.step
    if step is None or not step.said:
        return ()
    row, cause, payer, block = step.row, step.cause, member.payer, member.block
    event = domain_event(
        event_type=f"payops.member.{_TYPES.get(row.event, _STANDING_CHANGED)}.v1",
        source=SOURCE,
        subject=member.id,
        version=member.version,
        time=row.at,
        data={
            "mpass_number": member.id,
            "user": payer._asdict(),
            "standing": member.standing,
            "owed": [
                {"currency": currency, "amount_minor": minor}
                for currency, minor in member.owed.items()
            ],
            "block": None if block is None else block._asdict(),
            "change": {
                "event": row.event,
                "occurred_at": row.at,
                "standing_before": row.before,
                "cause_source": cause.source,
                "cause_id": cause.event_id,
                "charge_id": row.charge_id,
                "actor": row.actor,
                "reason": row.reason,
            },
        },
        causationid=cause.event_id,
        correlationid=cause.correlation_id,
        traceparent=cause.traceparent,
    )
    return (event_message(MEMBERS.name, event),)
