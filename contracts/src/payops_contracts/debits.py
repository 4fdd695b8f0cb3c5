"""Debits: what PayOps asks of the debit processor. Travels on `payops.debit-commands`."""

from typing import Annotated, Literal

from pydantic import Field

from payops_contracts.charges import Rail
from payops_contracts.descriptions import Part
from payops_contracts.envelope import DomainEnvelope
from payops_contracts.fields import KeptIdentifier, KeptIdentifierOf, Text, WholeNumber
from payops_contracts.ids import BatchCode, ChargeId, DebitId, MpassNumber
from payops_contracts.money import Currency, PositiveSumMinor, SumMinor


class DebitCommandData(Part):
    """One debit of a member's account."""

    charge_id: KeptIdentifierOf[ChargeId]
    debit_id: KeptIdentifierOf[DebitId]
    """The attempt's; comes back in every result."""
    idempotency_key: KeptIdentifier
    """The same in every repetition of this command; the processor makes one debit a key."""
    amount_minor: PositiveSumMinor
    """In minor units of ``currency``."""
    currency: Currency
    rail: Rail
    mpass_number: KeptIdentifierOf[MpassNumber]
    user_id: KeptIdentifier
    description: Text
    """What the member reads about it."""
    batch_code: KeptIdentifierOf[BatchCode] | None = None
    """The batch that it belongs to."""
    asked: Annotated[int, WholeNumber(ge=1)]
    """1 at first; higher when no result came and the same is asked again."""
    processor_retries: Literal["none"] = "none"
    """The processor must not try again by itself: PayOps does, as its policies say."""


class DebitRequestedV1(DomainEnvelope):
    """PayOps asks for a debit. ``sequence`` is the charge's version."""

    type: Literal["payops.debit.requested.v1"]
    data: DebitCommandData


class BatchRequestedData(Part):
    """A batch whose debits were all asked for, each by a command of its own."""

    batch_code: KeptIdentifierOf[BatchCode]
    count: Annotated[int, WholeNumber(ge=0)]
    """Debits that were asked for."""
    sum_minor: SumMinor
    """Their sum, in minor units of ``currency``."""
    currency: Currency
    rail: Rail
    digest: KeptIdentifier
    """Of the members when the batch was sealed: SHA-256 over each one's ``id amount`` behind the
    digest before, in the order of their ids. Members that were withdrawn since are in it."""
    excluded: Annotated[int, WholeNumber(ge=0)]
    """Members that were sealed and not asked for."""


class DebitBatchRequestedV1(DomainEnvelope):
    """PayOps has asked for all debits of a batch. ``sequence`` is the batch's version."""

    type: Literal["payops.debit-batch.requested.v1"]
    data: BatchRequestedData


DebitCommand = Annotated[DebitRequestedV1 | DebitBatchRequestedV1, Field(discriminator="type")]
