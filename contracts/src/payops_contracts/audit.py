"""Audit records: who changed what, when and why; every service writes them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from payops_contracts.envelope import DomainEnvelope
from payops_contracts.fields import KeptIdentifier, KeptInstant, KeptSlug, Name, Text


class AuditActor(BaseModel):
    """Who did it: a signed-in person or machine."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: KeptIdentifier
    name: Name | None = None
    roles: tuple[KeptSlug, ...] = ()


class AuditData(BaseModel):
    """One write, as it was done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    actor: AuditActor
    action: KeptSlug
    """What was done, such as ``refund.request``."""
    target_type: KeptSlug
    """Kind of what was changed, such as ``transaction``."""
    target_id: KeptIdentifier
    at: KeptInstant
    """Business time of the write."""
    service: KeptSlug
    reason: Text | None = None
    comment: Text | None = None
    before: dict[str, Any] | None = None
    """What changed, before; only the fields concerned."""
    after: dict[str, Any] | None = None
    idempotency_key: Annotated[str, Field(max_length=255)] | None = None
    trace_id: Annotated[str, Field(max_length=32)] | None = None


class AuditRecordedV1(DomainEnvelope):
    """A write was done. ``sequence`` is 1: a record never changes."""

    type: Literal["payops.audit.recorded.v1"]
    data: AuditData


AuditEvent = AuditRecordedV1
