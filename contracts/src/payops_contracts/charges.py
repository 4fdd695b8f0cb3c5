"""Charges: amounts that members owe, and where their collection stands.

Domain events travel on `payops.charges` (key = charge id) and carry the state after the change;
what upstream says is in ``charge_facts``.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from payops_contracts.descriptions import KeptFailure, KeptUser, Part
from payops_contracts.envelope import DomainEnvelope, KeptAttribute
from payops_contracts.fields import (
    CycleCode,
    KeptIdentifierOf,
    KeptInstant,
    KeptReference,
    KeptSlug,
    Text,
    WholeNumber,
)
from payops_contracts.ids import BatchCode, ChargeId, DebitId, MpassNumber
from payops_contracts.money import (
    Currency,
    PositiveSumMinor,
    SumMinor,
)


class ChargeType(StrEnum):
    """Why a charge was raised."""

    END_OF_BILLING_CYCLE = "END_OF_BILLING_CYCLE"
    LIMIT_EXCEED = "LIMIT_EXCEED"


class Rail(StrEnum):
    """How a member's account is debited; its rules bound every retry policy."""

    ACH = "ACH"
    SEPA = "SEPA"
    CARD = "CARD"


class ChargeStatus(StrEnum):
    """Where a charge stands."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    TEMP_REJECTED = "TEMP_REJECTED"
    FINALIZED = "FINALIZED"
    PERMANENT_REJECTED = "PERMANENT_REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REVERSED = "REVERSED"


class AttemptStatus(StrEnum):
    """Where one attempt to collect a charge stands."""

    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    """No answer came in time: it may have been collected."""
    FINALIZED = "FINALIZED"
    TEMP_REJECTED = "TEMP_REJECTED"
    PERMANENT_REJECTED = "PERMANENT_REJECTED"
    REVERSED = "REVERSED"
    """It was collected, and the money went back."""


class ChargeException(StrEnum):
    """What a person has to settle about a charge."""

    RESULT_MISSING = "RESULT_MISSING"
    """A debit without an answer; a late answer settles it."""
    OVERCOLLECTED = "OVERCOLLECTED"
    """Two debits succeeded: the second is owed back."""
    COLLECTED_AFTER_WITHDRAWAL = "COLLECTED_AFTER_WITHDRAWAL"
    """It was withdrawn or settled otherwise, and then a debit succeeded."""
    WITHDRAWN_AFTER_COLLECTION = "WITHDRAWN_AFTER_COLLECTION"
    """It was collected, and then withdrawn or settled otherwise."""
    FAILED_AFTER_SUCCESS = "FAILED_AFTER_SUCCESS"
    """A debit was reported failed after it had succeeded, and not as a reversal."""
    UNKNOWN_DEBIT = "UNKNOWN_DEBIT"
    """A success was reported for a debit that nobody asked for."""


class ChargeHistoryEvent(StrEnum):
    """What a row of a charge's history tells, and ``change.event`` of a domain event."""

    RAISED = "charge_raised"
    SUBMITTED = "debit_submitted"
    ASKED_AGAIN = "debit_asked_again"
    SUCCEEDED = "debit_succeeded"
    FAILED = "debit_failed"
    REVERSED = "debit_reversed"
    UNANSWERED = "debit_unanswered"
    WITHDRAWN = "charge_withdrawn"
    SETTLED = "charge_settled"
    BATCHED = "charge_batched"
    UNBATCHED = "charge_unbatched"
    EXCEPTION_RESOLVED = "exception_resolved"
    EXCEPTION_OWNED = "exception_owned"
    EVENT_CONTRADICTED = "event_contradicted"
    """Upstream sent an event again with other content."""
    RESTORED = "restored"
    """Never a row: the state said again after the database was restored from a backup."""


class Attempt(Part):
    """One attempt to collect a charge, as domain events carry it."""

    debit_id: KeptIdentifierOf[DebitId]
    number: Annotated[int, WholeNumber(ge=1)]
    """1 for the first, settlement's own included."""
    status: AttemptStatus
    submitted_at: KeptInstant
    resolved_at: KeptInstant | None = None
    """Since when it is as it stands."""
    batch_code: KeptIdentifierOf[BatchCode] | None = None
    initial: StrictBool = False
    """Whether it was settlement's own."""
    failure: KeptFailure | None = None


class ChargeChange(Part):
    """What happened to a charge in the step that an event reports."""

    event: KeptSlug
    """The history's event name, such as ``debit_failed``; its label is in ``labels``."""
    occurred_at: KeptInstant
    """When it happened."""
    status_before: ChargeStatus | None
    """Null when the step opened the charge."""
    applied: StrictBool
    """False when the fact was kept in the history without changing the status."""
    note: Text | None = None
    """Why the fact was not applied."""
    cause_source: KeptAttribute
    """Source of the event or request behind the step."""
    cause_id: KeptAttribute
    """Id of the event or request behind the step."""
    debit_id: KeptIdentifierOf[DebitId] | None = None
    """The attempt that the step is about."""
    collected_minor: SumMinor | None = None
    """What the step collected, in minor units of the charge's currency."""
    reversed_minor: SumMinor | None = None
    """What went back in the step."""


class ChargeData(Part):
    """A charge after a step: its whole state, and the step itself."""

    charge_id: KeptIdentifierOf[ChargeId]
    created_at: KeptInstant
    """When settlement raised it: the "Created At" that people see."""
    mpass_number: KeptIdentifierOf[MpassNumber]
    user: KeptUser
    billing_code: KeptReference
    billing_cycle_code: CycleCode | None = None
    type: ChargeType
    amount_minor: PositiveSumMinor
    """What is collected, tax included, in minor units of ``currency``."""
    currency: Currency
    rail: Rail
    net_minor: SumMinor
    """The amount without tax; fixed when it was raised."""
    tax_minor: SumMinor
    """Tax contained in the amount, retained whatever happens; fixed when it was raised."""
    description: Text
    status: ChargeStatus
    """Status after the step."""
    failed_reason: Text | None = None
    """The last result in words: ``Done``, ``failed``, the processor's reason; null before any."""
    retry_count: Annotated[int, WholeNumber(ge=0)]
    retries_max: Annotated[int, WholeNumber(ge=0)]
    """The most retries, after the rail's caps."""
    retry_due_at: KeptInstant | None = None
    """From when it may be debited again."""
    next_retry_at: KeptInstant | None = None
    """When it will be debited again."""
    batch_code: KeptIdentifierOf[BatchCode] | None = None
    """The latest batch that it was in."""
    withdrawal_pending: StrictBool
    """Whether it ends as soon as the debit in flight has failed."""
    settled_otherwise: StrictBool
    collected_minor: SumMinor
    """What was collected and has not gone back."""
    attempts: tuple[Attempt, ...] = ()
    """Every attempt, oldest first."""
    exceptions: tuple[ChargeException, ...] = ()
    """What a person has to settle, in the order of their opening."""
    change: ChargeChange


class _ChargeEvent(DomainEnvelope):
    data: ChargeData


class ChargeWasRaisedV1(_ChargeEvent):
    """A charge appeared, Pending or with settlement's own first attempt."""

    type: Literal["payops.charge.raised.v1"]


class ChargeSubmittedV1(_ChargeEvent):
    """A debit of the charge was asked of the processor."""

    type: Literal["payops.charge.submitted.v1"]


class ChargeFinalizedV1(_ChargeEvent):
    """The charge is collected."""

    type: Literal["payops.charge.finalized.v1"]


class ChargeTempRejectedV1(_ChargeEvent):
    """A debit failed or was not answered; ``next_retry_at`` says what follows."""

    type: Literal["payops.charge.temp-rejected.v1"]


class ChargePermanentRejectedV1(_ChargeEvent):
    """The charge is not tried again."""

    type: Literal["payops.charge.permanent-rejected.v1"]


class ChargeWasWithdrawnV1(_ChargeEvent):
    """The charge ended without being collected: withdrawn, or settled otherwise."""

    type: Literal["payops.charge.withdrawn.v1"]


class ChargeReversedV1(_ChargeEvent):
    """A collected debit went back, and is not collected again."""

    type: Literal["payops.charge.reversed.v1"]


class ChargeNotedV1(_ChargeEvent):
    """Something was noted that did not change the status, such as its batch; ``change`` says it."""

    type: Literal["payops.charge.noted.v1"]


ChargeDomainEvent = Annotated[
    ChargeWasRaisedV1
    | ChargeSubmittedV1
    | ChargeFinalizedV1
    | ChargeTempRejectedV1
    | ChargePermanentRejectedV1
    | ChargeWasWithdrawnV1
    | ChargeReversedV1
    | ChargeNotedV1,
    Field(discriminator="type"),
]
