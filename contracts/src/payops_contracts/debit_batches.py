"""Debit batches: charges that are collected together, and what became of them.

Domain events travel on `payops.debit-batches` (key = batch code) and carry the state after the
change; the processor's word on a whole batch comes on `upstream.batch-results`.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from payops_contracts.charges import Rail
from payops_contracts.descriptions import Part
from payops_contracts.envelope import DomainEnvelope, KeptAttribute, UpstreamEnvelope
from payops_contracts.fields import (
    IdentifierOf,
    KeptIdentifier,
    KeptIdentifierOf,
    KeptInstant,
    KeptSlug,
    Text,
    WholeNumber,
)
from payops_contracts.ids import BatchCode
from payops_contracts.money import Currency, SumMinor

BATCH_CHARGES_MAX = 100_000
"""Charges that one batch takes."""
Count = Annotated[int, WholeNumber(ge=0)]


class BatchStatus(StrEnum):
    """Where a batch stands."""

    DRAFT = "DRAFT"
    SEALING = "SEALING"
    """Its charges are being taken into it."""
    SEALED = "SEALED"
    SUBMITTING = "SUBMITTING"
    """Its debits are being asked for."""
    SUBMITTED = "SUBMITTED"
    PROCESSED = "PROCESSED"
    """The processor said that it has done with it."""
    CANCELLED = "CANCELLED"


class BatchHistoryEvent(StrEnum):
    """What a row of a batch's history tells, and ``change.event`` of a domain event."""

    DRAFTED = "batch_drafted"
    SEALED = "batch_sealed"
    SUBMITTING = "batch_submitting"
    SUBMITTED = "batch_submitted"
    ACKNOWLEDGED = "batch_acknowledged"
    PROCESSED = "batch_processed"
    CANCELLED = "batch_cancelled"
    UNANSWERED = "batch_unanswered"
    PROGRESSED = "batch_progressed"
    """Never a row: results of its debits came."""
    EVENT_CONTRADICTED = "event_contradicted"
    """The processor sent an event again with other content."""
    RESTORED = "restored"
    """Never a row: the state said again after the database was restored from a backup."""


class BatchOrigin(StrEnum):
    """Who had a batch built."""

    OPERATOR = "OPERATOR"
    SCHEDULE = "SCHEDULE"


class BatchStage(StrEnum):
    """Where a batch's charges are counted and added up."""

    DRAFTED = "DRAFTED"
    SEALED = "SEALED"
    SUBMITTED = "SUBMITTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PROCESSED = "PROCESSED"
    RESOLVED = "RESOLVED"
    """Debits with a result."""
    SUCCEEDED = "SUCCEEDED"


class BatchTotal(Part):
    """What a batch held at one stage, in minor units of its currency."""

    count: Count
    unpaid_minor: SumMinor
    """Of charges at the end of a billing cycle."""
    spending_limit_minor: SumMinor
    """Of charges because a limit was exceeded."""
    total_minor: SumMinor
    """Both together, always."""


class BatchAnswer(Part):
    """What the processor said of the whole batch."""

    at: KeptInstant
    count: Count
    sum_minor: SumMinor
    agrees: StrictBool
    """Whether that is what was submitted."""


class BatchProgress(Part):
    """The results of its debits so far: of each how many, and their sum."""

    submitted: Count
    resolved: Count
    """Debits with a result."""
    succeeded: Count
    """Debits that were finalized; a later reversal changes nothing here."""
    succeeded_minor: SumMinor
    failed: Count
    unknown: Count
    """Debits without an answer in time."""
    reversed: Count
    """Of the succeeded: those that went back."""
    reversed_minor: SumMinor
    first_result_at: KeptInstant | None = None
    last_result_at: KeptInstant | None = None


class BatchChange(Part):
    """What happened to a batch in the step that an event reports."""

    event: KeptSlug
    occurred_at: KeptInstant
    status_before: BatchStatus | None
    """Null when the step made the batch."""
    applied: StrictBool
    note: Text | None = None
    cause_source: KeptAttribute
    cause_id: KeptAttribute


class BatchData(Part):
    """A batch after a step: its whole state, and the step itself."""

    batch_code: KeptIdentifierOf[BatchCode]
    batch_number: Annotated[int, WholeNumber(ge=1)]
    """The "Batch ID" that people see."""
    created_at: KeptInstant
    status: BatchStatus
    currency: Currency
    rail: Rail
    origin: BatchOrigin
    created_by: KeptIdentifier | None = None
    drafted: BatchTotal
    sealed: BatchTotal | None = None
    submitted: BatchTotal | None = None
    """Without what was withdrawn meanwhile."""
    digest: KeptIdentifier | None = None
    """Of its members when it was sealed: see `payops.debit-batch.requested`."""
    sealed_at: KeptInstant | None = None
    submitted_at: KeptInstant | None = None
    acknowledged: BatchAnswer | None = None
    processed: BatchAnswer | None = None
    progress: BatchProgress
    change: BatchChange


class _BatchEvent(DomainEnvelope):
    data: BatchData


class BatchDraftedV1(_BatchEvent):
    """A batch was made; its charges are about to be taken into it."""

    type: Literal["payops.debit-batch.drafted.v1"]


class BatchSealedV1(_BatchEvent):
    """Its members are fixed."""

    type: Literal["payops.debit-batch.sealed.v1"]


class BatchWasSubmittedV1(_BatchEvent):
    """All of its debits were asked for."""

    type: Literal["payops.debit-batch.submitted.v1"]


class BatchWasProcessedV1(_BatchEvent):
    """The processor has done with it; results may still come."""

    type: Literal["payops.debit-batch.processed.v1"]


class BatchCancelledV1(_BatchEvent):
    """It is not submitted; its charges are free for another."""

    type: Literal["payops.debit-batch.cancelled.v1"]


class BatchNotedV1(_BatchEvent):
    """Something else happened, such as results of its debits; ``change`` says it."""

    type: Literal["payops.debit-batch.noted.v1"]


DebitBatchEvent = Annotated[
    BatchDraftedV1
    | BatchSealedV1
    | BatchWasSubmittedV1
    | BatchWasProcessedV1
    | BatchCancelledV1
    | BatchNotedV1,
    Field(discriminator="type"),
]


class BatchResultData(Part):
    """What the debit processor says of a whole batch."""

    batch_code: IdentifierOf[BatchCode]
    count: Count
    """Debits of it that the processor has."""
    sum_minor: SumMinor
    """Their sum, in minor units of ``currency``."""
    currency: Currency


class _UpstreamBatch(UpstreamEnvelope):
    data: BatchResultData

    @model_validator(mode="after")
    def _subject_is_the_batch(self) -> Self:
        if self.subject != self.data.batch_code:
            raise ValueError("subject and data.batch_code differ")
        return self


class BatchAcknowledgedV1(_UpstreamBatch):
    """The processor has the batch; ``time`` is since when."""

    type: Literal["upstream.batch.acknowledged.v1"]


class BatchProcessedV1(_UpstreamBatch):
    """The processor has done with the batch. Results travel by themselves and may come later."""

    type: Literal["upstream.batch.processed.v1"]


UpstreamBatchResult = Annotated[BatchAcknowledgedV1 | BatchProcessedV1, Field(discriminator="type")]
