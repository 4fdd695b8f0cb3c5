"""The audit record of a write: who did what to what, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from payops_contracts.envelope import domain_event
from payops_contracts.topics import AUDIT
from payops_kernel.ports import CommandContext, OutgoingMessage, event_message

Fields = Mapping[str, Any]


def audit_message(
    service: str,
    context: CommandContext,
    at: datetime,
    action: str,
    target: tuple[str, str],
    before: Fields | None,
    after: Fields | None,
) -> OutgoingMessage:
    """The record as it is published; ``target`` is a type and an id of that type."""
    actor, (target_type, target_id) = context.actor, target
    record_id = uuid4().hex
    event = domain_event(
        event_type="payops.audit.recorded.v1",
        source=f"/payops/{service}",
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
            "service": service,
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
    return event_message(AUDIT.name, event)
