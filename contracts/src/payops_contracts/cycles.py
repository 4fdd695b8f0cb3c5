"""Billing cycles: what was charged in one, what became of it, and its closing.

The settlement feed travels on `payops.billing-cycles` (key = cycle code) and carries the state
after the change; what upstream says is in ``cycle_facts``.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from payops_contracts.cycle_facts import ToldTotals
from payops_contracts.descriptions import Part
from payops_contracts.envelope import DomainEnvelope, KeptAttribute
from payops_contracts.fields import (
    CycleCode,
    KeptIdentifierOf,
    KeptInstant,
    KeptSlug,
    Text,
    WholeNumber,
)
from payops_contracts.ids import ChargeId, DebitId
from payops_contracts.money import Currency, SignedSumMinor, SumMinor

Count = Annotated[int, WholeNumber(ge=0)]


class CycleStatus(StrEnum):
    """Where a billing cycle stands."""

    OPEN = "OPEN"
    ENDED = "ENDED"
    """Settlement raises nothing more in it; debits may still be open."""
    CLOSED = "CLOSED"
    """Its totals are frozen."""


class CycleHistoryEvent(StrEnum):
    """What a row of a cycle's history tells, and ``change.event`` of a domain event."""

    OPENED = "cycle_opened"
    TOTALS_TOLD = "cycle_totals_told"
    ENDED = "cycle_ended"
    CLOSED = "cycle_closed"
    REOPENED = "cycle_reopened"
    ADJUSTED = "cycle_adjusted"
    """Never a row of the history: money of a charge moved after its cycle was closed."""
    EVENT_CONTRADICTED = "event_contradicted"
    """Upstream sent an event again with other content."""
    RESTORED = "restored"
    """Never a row: the state said again after the database was restored from a backup."""


class CycleFinding(StrEnum):
    """What is wrong with the consumption transactions of a charge."""

    MISSING = "MISSING"
    """It names none."""
    DIFFERENT = "DIFFERENT"
    """They do not add up to its net amount."""
    DUPLICATE = "DUPLICATE"
    """One of them stands in another charge too."""


class CycleTotals(Part):
    """A cycle's charges in one currency, by what became of them; amounts in its minor units.

    ``charged_minor`` + ``owed_back_minor`` = collected + outstanding + permanently rejected +
    withdrawn + settled otherwise.
    """

    currency: Currency
    charges: Count
    charged_minor: SumMinor
    """What settlement raised, tax included."""
    tax_minor: SumMinor
    """The tax in it, retained whatever became of the payments."""
    collected: Count
    collected_minor: SumMinor
    """What is here, what is owed back included."""
    owed_back_minor: SumMinor
    """What was collected twice."""
    outstanding: Count
    """Charges whose debits are open: Pending, Submitted, Temp rejected."""
    outstanding_minor: SumMinor
    permanently_rejected: Count
    permanently_rejected_minor: SumMinor
    """Of charges that are Permanent rejected, or Reversed and not collected again."""
    withdrawn: Count
    withdrawn_minor: SumMinor
    settled_otherwise: Count
    settled_otherwise_minor: SumMinor
    """Paid to settlement in another way."""


class CycleAdjustments(Part):
    """Money of charges that moved after their cycle was closed, in one currency."""

    currency: Currency
    adjustments: Count
    adjusted_minor: SignedSumMinor
    """In minor units; below zero when money went back."""


class CycleChange(Part):
    """What happened to a cycle in the step that an event reports."""

    event: KeptSlug
    """The history's event name, such as ``cycle_ended``; its label is in ``labels``."""
    occurred_at: KeptInstant
    status_before: CycleStatus | None
    """Null when the step opened the cycle."""
    applied: StrictBool
    """False when the fact was kept in the history without changing anything."""
    note: Text | None = None
    """Why the fact was not applied."""
    cause_source: KeptAttribute
    """Source of the event or request behind the step."""
    cause_id: KeptAttribute
    """Id of the event or request behind the step."""
    actor: Text | None = None
    """Who closed or reopened it."""
    reason: Text | None = None
    """Why it was reopened."""
    charge_id: KeptIdentifierOf[ChargeId] | None = None
    """Of an adjustment: the charge whose money moved."""
    debit_id: KeptIdentifierOf[DebitId] | None = None
    """Of an adjustment: the debit by which it moved."""
    currency: Currency | None = None
    adjusted_minor: SignedSumMinor | None = None
    """Of an adjustment: what was collected, or below zero what went back."""
    closed_cycle_code: CycleCode | None = None
    """Of an adjustment: the closed cycle that the charge belongs to."""
    open_cycle_code: CycleCode | None = None
    """Of an adjustment: the cycle in which it counts."""


class BillingCycleData(Part):
    """A cycle after a step: its whole state, and the step itself."""

    billing_cycle_code: CycleCode
    status: CycleStatus
    """Status after the step."""
    opened_at: KeptInstant | None = None
    ended_at: KeptInstant | None = None
    closed_at: KeptInstant | None = None
    told_at: KeptInstant | None = None
    """When settlement told its totals."""
    told: tuple[ToldTotals, ...] = ()
    """What settlement says that it raised, by currency."""
    totals: tuple[CycleTotals, ...] = ()
    """Of a closed cycle, by currency, as they were frozen; others have theirs computed on read."""
    adjustments: tuple[CycleAdjustments, ...] = ()
    """What counts in this cycle of charges of closed ones, by currency."""
    adjusted_elsewhere: tuple[CycleAdjustments, ...] = ()
    """What counts in other cycles of this one's charges, by currency."""
    change: CycleChange


class _BillingCycleEvent(DomainEnvelope):
    data: BillingCycleData


class BillingCycleOpenedV1(_BillingCycleEvent):
    """The cycle became known, by whatever settlement said of it first."""

    type: Literal["payops.billing-cycle.opened.v1"]


class BillingCycleEndedV1(_BillingCycleEvent):
    """Settlement raises nothing more in it."""

    type: Literal["payops.billing-cycle.ended.v1"]


class BillingCycleClosedV1(_BillingCycleEvent):
    """A person closed it; ``totals`` are final."""

    type: Literal["payops.billing-cycle.closed.v1"]


class BillingCycleReopenedV1(_BillingCycleEvent):
    """A person reopened it, with a reason; its totals change again until the next closing."""

    type: Literal["payops.billing-cycle.reopened.v1"]


class BillingCycleAdjustedV1(_BillingCycleEvent):
    """Money of a closed cycle's charge moved. Said of that cycle, and of the one it counts in."""

    type: Literal["payops.billing-cycle.adjusted.v1"]


class BillingCycleNotedV1(_BillingCycleEvent):
    """Something was noted that did not change the status, such as upstream's totals."""

    type: Literal["payops.billing-cycle.noted.v1"]


BillingCycleEvent = Annotated[
    BillingCycleOpenedV1
    | BillingCycleEndedV1
    | BillingCycleClosedV1
    | BillingCycleReopenedV1
    | BillingCycleAdjustedV1
    | BillingCycleNotedV1,
    Field(discriminator="type"),
]
