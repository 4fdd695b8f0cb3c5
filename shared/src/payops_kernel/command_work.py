"""One command's open transaction, and the audit record that it writes."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from payops_contracts.envelope import domain_event
from payops_contracts.topics import AUDIT
from payops_kernel.clock import Clock
from payops_kernel.mongo import Session
from payops_kernel.ports import CommandContext, OutgoingMessage


@dataclass(slots=True)
class CommandWork:
    """One command's open transaction."""

    session: Session
    service: str
    context: CommandContext
    clock: Clock
    messages: list[OutgoingMessage] = field(default_factory=list)

    def audit(
        self,
        action: str,
        target_type: str,
        target_id: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Record the write: who, what, why, and the fields concerned before and after."""
        self.messages.append(_audit_message(self, action, target_type, target_id, before, after))


def _audit_message(
    work: CommandWork,
    action: str,
    target_type: str,
    target_id: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> OutgoingMessage:
    context, actor = work.context, work.context.actor
    at = work.clock.now()
    record_id = uuid4().hex
    event = domain_event(
        event_type="payops.audit.recorded.v1",
        source=f"/payops/{work.service}",
        subject=target_id,
        version=1,
        time=at,
        data={
            "actor": {
                "id": actor.subject,
                "name": actor.name,
                "roles": sorted(role.value for role in actor.roles),
            },
            "action": action,
            "target_type": target_type,
            "target_id": target_id,
            "at": at,
            "service": work.service,
            "reason": context.reason,
            "comment": context.comment,
            "before": before,
            "after": after,
            "idempotency_key": context.idempotency_key,
            "trace_id": None if context.traceparent is None else context.traceparent[3:35],
        },
    )
    event["id"] = record_id  # an audit record is no aggregate: its id is its own
    if context.traceparent is not None:
        event["traceparent"] = context.traceparent
    return OutgoingMessage(
        AUDIT.name, target_id.encode(), orjson.dumps(event, option=orjson.OPT_UTC_Z)
    )
