"""What goes over the wire. Amounts are integer minor units; ``amount`` is for reading."""

from datetime import datetime

from pydantic import BaseModel, Field

from billing_debits.api.exception_list import ExceptionActions, ExceptionState
from billing_debits.domain.policies import WhyNot
from payops_contracts.charges import (
    AttemptStatus,
    ChargeException,
    ChargeStatus,
    ChargeType,
    Rail,
)


class FailureOut(BaseModel):
    """Why a debit failed or went back, in the processor's words."""

    code: str
    message: str | None


class ChargeOverview(BaseModel):
    """The detail's first section."""

    charge_id: str
    created_at: datetime
    status: ChargeStatus
    status_label: str
    type: ChargeType
    type_label: str
    billing_code: str
    billing_cycle_code: str | None
    batch_code: str | None = Field(description="The latest batch that it was in.")
    batch_codes: list[str] = Field(description="Every batch that it was ever in, oldest first.")
    description: str
    failed_reason: str | None


class MemberSection(BaseModel):
    """Who owes it."""

    mpass_number: str
    user_id: str
    user_name: str | None
    user_email: str | None
    user_phone: str | None


class MoneySection(BaseModel):
    """What is owed, and what of it is here."""

    amount_minor: int
    amount: str
    currency: str
    rail: Rail
    rail_label: str
    net_minor: int
    tax_minor: int
    collected_minor: int
    outstanding_minor: int
    owed_back_minor: int = Field(description="What was collected twice.")
    returnable_minor: int = Field(
        description="Collected, and may still go back within the rail's window."
    )
    returnable_until: datetime | None = Field(description="Null when nothing may go back.")


class RetrySection(BaseModel):
    """The counter, and what is planned."""

    retry_count: str = Field(description="Such as 1 of 3.")
    retries_left: int
    retry_due_at: datetime | None = Field(description="From when it may be debited again.")
    next_retry_at: datetime | None = Field(description="When it will be debited again.")
    withdrawal_pending: bool


class DecisionOut(BaseModel):
    """What follows the last failure or reversal, and why."""

    at: datetime
    debit_id: str
    policy: str
    policy_version: int
    retry: int
    retries_max: int
    due_at: datetime | None
    why_not: WhyNot | None
    code: str | None = Field(description="The processor's, that decided.")
    unknown_code: bool = Field(description="Nobody has said what follows this code.")
    rail_source: str = Field(description="Whose rules bound it.")


class AttemptOut(BaseModel):
    """One attempt to collect it."""

    debit_id: str
    number: int
    status: AttemptStatus
    status_label: str
    submitted_at: datetime
    resolved_at: datetime | None
    batch_code: str | None
    initial: bool = Field(description="Settlement's own first attempt.")
    asked: int = Field(description="How often the processor was asked, under one key.")
    failure: FailureOut | None


class TaxLineOut(BaseModel):
    """One rate of its tax, contained in the line's amount."""

    description: str | None
    amount_minor: int
    net_minor: int
    rate_ppm: int = Field(description="Millionths: 220000 is 22 %.")
    tax_minor: int


class ConsumptionOut(BaseModel):
    """One consumption transaction that it is made of."""

    transaction_id: str
    amount_minor: int
    occurred_at: datetime
    description: str | None


class ExceptionOut(BaseModel):
    """What a person has, or had, to settle about it."""

    exception_id: str
    kind: ChargeException
    kind_label: str
    state: ExceptionState
    opened_at: datetime
    waiting_since: datetime | None = Field(description="Null when it was resolved.")
    debit_id: str | None
    amount_minor: int
    owner: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    actions: ExceptionActions


class ChargeHistoryOut(BaseModel):
    """One thing that happened, newest first."""

    at: datetime
    event: str
    event_label: str
    status: ChargeStatus = Field(description="The status after it.")
    status_label: str
    applied: bool = Field(description="False when it changed nothing; the note says why.")
    debit_id: str | None
    collected_minor: int | None
    reversed_minor: int | None
    actor: str | None
    cause: str = Field(description="Source of the event or request behind it.")
    note: str | None = Field(description="Why it changed nothing, when it did not; or its reason.")


class ChargeDetail(BaseModel):
    """One charge with everything that its page shows."""

    overview: ChargeOverview
    member: MemberSection
    money: MoneySection
    retries: RetrySection
    decision: DecisionOut | None
    attempts: list[AttemptOut] = Field(description="Oldest first.")
    tax_lines: list[TaxLineOut]
    consumption: list[ConsumptionOut]
    exceptions: list[ExceptionOut]
    history: list[ChargeHistoryOut]
    version: int


class AttemptDetail(BaseModel):
    """One attempt with its moves, and the charge that it collects."""

    attempt: AttemptOut
    charge_id: str
    member: MemberSection
    billing_code: str
    description: str
    amount_minor: int
    amount: str
    currency: str
    retry_count: str
    next_retry_at: datetime | None
    moves: list[ChargeHistoryOut] = Field(description="What happened to it, newest first.")


class ExceptionDetail(ExceptionOut):
    """One exception with the charge that it is of, and what happened to its debit."""

    amount: str
    currency: str
    charge_id: str
    charge_status: ChargeStatus
    charge_status_label: str
    batch_code: str | None
    member: MemberSection
    moves: list[ChargeHistoryOut] = Field(description="What happened to it, newest first.")
    version: int = Field(description="The charge's.")
