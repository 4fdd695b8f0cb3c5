"""Members: whether they are paid up, and what they owe.

Domain events travel on `payops.members` (key = mPass number), when a member's standing changes.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from payops_contracts.descriptions import KeptUser, Part
from payops_contracts.envelope import DomainEnvelope, KeptAttribute
from payops_contracts.fields import KeptIdentifierOf, KeptInstant, KeptSlug, Text
from payops_contracts.ids import ChargeId, MpassNumber
from payops_contracts.money import Currency, PositiveSumMinor


class MemberStanding(StrEnum):
    """Whether a member is paid up; of several that hold, the one further down is said."""

    GOOD = "GOOD"
    """Nothing failed that is not paid."""
    IN_RETRY = "IN_RETRY"
    """A debit failed and is tried again."""
    IN_ARREARS = "IN_ARREARS"
    """Something is owed that is not tried again."""
    BLOCKED = "BLOCKED"
    """By an operator, or by policy after a permanent rejection."""


class MemberEvent(StrEnum):
    """What a person does with a member: rows of the history beside those of its charges."""

    BLOCKED = "member_blocked"
    UNBLOCKED = "member_unblocked"


class Owed(Part):
    """What is owed in one currency."""

    currency: Currency
    amount_minor: PositiveSumMinor
    """In minor units of ``currency``."""


class MemberBlock(Part):
    """Who keeps a member from using what they have, and why."""

    by: Annotated[str, Field(max_length=128)]
    """The operator, or ``policy``."""
    reason: Text
    at: KeptInstant


class MemberChange(Part):
    """What changed the standing."""

    event: KeptSlug
    """What happened to the charge, such as ``debit_failed``, or ``member_blocked``."""
    occurred_at: KeptInstant
    standing_before: MemberStanding | None
    """Null when the member's first charge appeared; the same as now when it is only said again."""
    cause_source: KeptAttribute
    """Source of the event or request behind it."""
    cause_id: KeptAttribute
    """Id of the event or request behind it."""
    charge_id: KeptIdentifierOf[ChargeId] | None = None
    """The charge that changed; null when a person did it."""
    actor: Annotated[str, Field(max_length=128)] | None = None
    """Who did it, when a person did."""
    reason: Text | None = None


class MemberData(Part):
    """A member after a change of standing."""

    mpass_number: KeptIdentifierOf[MpassNumber]
    user: KeptUser
    """As the member's latest charge has it; ``id`` is the one that payments have."""
    standing: MemberStanding
    owed: tuple[Owed, ...] = ()
    """By currency, in the order of their codes; none when nothing is owed."""
    block: MemberBlock | None = None
    change: MemberChange


class _MemberEvent(DomainEnvelope):
    """``sequence`` rises, by more than one where the standing stayed as it was in between."""

    data: MemberData


class MemberStandingChangedV1(_MemberEvent):
    """A charge changed the member's standing; ``change`` says which, and what happened to it."""

    type: Literal["payops.member.standing-changed.v1"]


class MemberBlockedV1(_MemberEvent):
    """A person blocked the member."""

    type: Literal["payops.member.blocked.v1"]


class MemberUnblockedV1(_MemberEvent):
    """A person lifted the block; the charges say what the standing is now."""

    type: Literal["payops.member.unblocked.v1"]


MemberDomainEvent = Annotated[
    MemberStandingChangedV1 | MemberBlockedV1 | MemberUnblockedV1, Field(discriminator="type")
]
