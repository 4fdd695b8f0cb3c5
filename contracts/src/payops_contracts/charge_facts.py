"""What upstream says of charges: settlement raises and ends them, the debit processor answers.

Settlement's facts travel on `upstream.charges`, the processor's on `upstream.debit-results` (key =
charge id).
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payops_contracts.charges import ChargeType, Rail
from payops_contracts.descriptions import Failure, Part, User
from payops_contracts.envelope import UpstreamEnvelope
from payops_contracts.fields import (
    CycleCode,
    IdentifierOf,
    Instant,
    LineText,
    Reference,
    Text,
    WholeNumber,
)
from payops_contracts.ids import BatchCode, ChargeId, DebitId, MpassNumber
from payops_contracts.money import AmountMinor, Currency, PositiveAmountMinor, SignedAmountMinor
from payops_contracts.past_currencies import refuse_past_currency

TAX_LINES_MAX = 50
CONSUMPTION_MAX = 500
PPM = 1_000_000
"""A rate of 100 %."""


class InitialOutcome(StrEnum):
    """How settlement's own first attempt ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class TaxLine(Part):
    """One line of a charge's tax; amounts in minor units of the charge's currency."""

    description: LineText | None = None
    amount_minor: PositiveAmountMinor
    """What the line is of the charge, tax included."""
    rate_ppm: Annotated[int, WholeNumber(ge=0, le=PPM)]
    """The rate in millionths: 220000 is 22 %."""
    tax_minor: AmountMinor | None = None
    """Tax contained in ``amount_minor``; computed from the rate, half up, when absent."""


class Consumption(Part):
    """One consumption transaction that a charge is made of."""

    transaction_id: Reference
    amount_minor: SignedAmountMinor
    """Without tax; below zero for what compensates another."""
    occurred_at: Instant
    description: LineText | None = None


class InitialAttempt(Part):
    """Settlement's own first attempt to collect."""

    debit_id: IdentifierOf[DebitId] | None = None
    """The processor's or settlement's id of it; made from the charge's when absent."""
    at: Instant
    """When it was submitted."""
    outcome: InitialOutcome
    failure: Failure | None = None
    """Why it failed; only of a failed one."""


class ChargeRaisedData(Part):
    """A charge as settlement raises it; net, rate and tax are fixed by it for good."""

    charge_id: IdentifierOf[ChargeId]
    created_at: Instant
    """When settlement raised it: the "Created At" that people see, never our arrival."""
    mpass_number: IdentifierOf[MpassNumber]
    """The member's number."""
    user: User
    billing_code: Reference
    billing_cycle_code: CycleCode | None = None
    """``YYYYMM01``; absent when it belongs to none."""
    type: ChargeType
    amount_minor: PositiveAmountMinor
    """What is collected, tax included, in minor units of ``currency``."""
    currency: Currency
    rail: Rail
    net_minor: AmountMinor | None = None
    """The amount without tax."""
    tax_minor: AmountMinor | None = None
    """Tax contained in the amount; computed from the rate, half up, when absent."""
    tax_rate_ppm: Annotated[int, WholeNumber(ge=0, le=PPM)] | None = None
    """The rate in millionths: 220000 is 22 %; absent is no tax."""
    tax_lines: Annotated[tuple[TaxLine, ...], Field(max_length=TAX_LINES_MAX)] | None = None
    """The tax by line, when there is more than one rate; amounts add up to the charge's."""
    description: LineText | None = None
    """Why it is debited; from its type when absent."""
    consumption: Annotated[tuple[Consumption, ...], Field(max_length=CONSUMPTION_MAX)] | None = None
    """The consumption transactions that it is made of."""
    initial_attempt: InitialAttempt | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        refuse_past_currency(self.currency, self.created_at)
        taxed = None if self.tax_minor is None else self.amount_minor - self.tax_minor
        if taxed is not None and taxed < 0:
            raise ValueError("tax_minor is more than amount_minor")
        if self.net_minor is not None and self.net_minor != (
            self.net_minor if taxed is None else taxed
        ):
            raise ValueError("net_minor + tax_minor is not amount_minor")
        if self.net_minor is not None and self.net_minor > self.amount_minor:
            raise ValueError("net_minor is more than amount_minor")
        if self.tax_lines and sum(it.amount_minor for it in self.tax_lines) != self.amount_minor:
            raise ValueError("the amounts of tax_lines do not add up to amount_minor")
        return self


class ChargeEndedData(Part):
    """Settlement wants a charge no longer: withdrawn, or settled otherwise."""

    charge_id: IdentifierOf[ChargeId]
    reason: Text | None = None


class DebitResultData(Part):
    """What the debit processor says of one attempt."""

    charge_id: IdentifierOf[ChargeId]
    debit_id: IdentifierOf[DebitId]
    """The attempt's: the one that the command named."""
    amount_minor: PositiveAmountMinor
    """In minor units of ``currency``; the charge's."""
    currency: Currency
    batch_code: IdentifierOf[BatchCode] | None = None
    """The batch that it was sent in; told for people, the attempt knows its own."""
    failure: Failure | None = None
    """Why it failed, or was reversed; the code decides whether it is tried again."""


class _UpstreamCharge(UpstreamEnvelope):
    data: ChargeRaisedData | ChargeEndedData | DebitResultData

    @model_validator(mode="after")
    def _subject_is_the_charge(self) -> Self:
        if self.subject != self.data.charge_id:
            raise ValueError("subject and data.charge_id differ")
        return self


class ChargeRaisedV1(_UpstreamCharge):
    """Settlement raised a charge. Facts about it that arrive earlier wait for this one."""

    type: Literal["upstream.charge.raised.v1"]
    data: ChargeRaisedData


class ChargeWithdrawnV1(_UpstreamCharge):
    """Settlement wants the charge no longer; ``time`` is since when."""

    type: Literal["upstream.charge.withdrawn.v1"]
    data: ChargeEndedData


class ChargeSettledV1(_UpstreamCharge):
    """The member paid in another way; ``time`` is when. Counts as paid for their standing."""

    type: Literal["upstream.charge.settled.v1"]
    data: ChargeEndedData


UpstreamChargeEvent = Annotated[
    ChargeRaisedV1 | ChargeWithdrawnV1 | ChargeSettledV1, Field(discriminator="type")
]


class DebitSucceededV1(_UpstreamCharge):
    """The member's account was debited; ``time`` is when. Beats a failure of the same debit."""

    type: Literal["upstream.debit.succeeded.v1"]
    data: DebitResultData


class DebitFailedV1(_UpstreamCharge):
    """The debit was declined; ``time`` is when."""

    type: Literal["upstream.debit.failed.v1"]
    data: DebitResultData


class DebitReversedV1(_UpstreamCharge):
    """A debit that had succeeded went back, however long ago it was; ``time`` is when."""

    type: Literal["upstream.debit.reversed.v1"]
    data: DebitResultData


UpstreamDebitResult = Annotated[
    DebitSucceededV1 | DebitFailedV1 | DebitReversedV1, Field(discriminator="type")
]
