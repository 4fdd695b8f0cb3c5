"""What settlement says of billing cycles. Travels on `upstream.billing-cycles` (key = cycle code).

Every event may come first, late or twice: whichever does opens the cycle.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payops_contracts.descriptions import Part
from payops_contracts.envelope import UpstreamEnvelope
from payops_contracts.fields import CycleCode, WholeNumber
from payops_contracts.money import Currency, SumMinor

CURRENCIES_MAX = 50


class ToldTotals(Part):
    """What settlement raised in a cycle in one currency; amounts in its minor units."""

    currency: Currency
    charges: Annotated[int, WholeNumber(ge=0)]
    """How many charges."""
    charged_minor: SumMinor
    """Their sum, tax included."""
    tax_minor: SumMinor | None = None
    """The tax in them."""


class CycleData(Part):
    """Which cycle."""

    billing_cycle_code: CycleCode


class CycleTotalsData(CycleData):
    """What settlement raised in a cycle, by currency; it replaces what was told before."""

    totals: Annotated[tuple[ToldTotals, ...], Field(max_length=CURRENCIES_MAX)]

    @model_validator(mode="after")
    def _each_currency_once(self) -> Self:
        if len({each.currency for each in self.totals}) < len(self.totals):
            raise ValueError("a currency is told twice")
        return self


class _UpstreamCycle(UpstreamEnvelope):
    data: CycleData

    @model_validator(mode="after")
    def _subject_is_the_cycle(self) -> Self:
        if self.subject != self.data.billing_cycle_code:
            raise ValueError("subject and data.billing_cycle_code differ")
        return self


class CycleOpenedV1(_UpstreamCycle):
    """The cycle began; ``time`` is when."""

    type: Literal["upstream.billing-cycle.opened.v1"]
    data: CycleData


class CycleTotalsV1(_UpstreamCycle):
    """What settlement raised in it, for reconciliation; of several the latest ``time`` stands."""

    type: Literal["upstream.billing-cycle.totals.v1"]
    data: CycleTotalsData


class CycleEndedV1(_UpstreamCycle):
    """Settlement raises no more charges in it; ``time`` is since when."""

    type: Literal["upstream.billing-cycle.ended.v1"]
    data: CycleData


UpstreamCycleEvent = Annotated[
    CycleOpenedV1 | CycleTotalsV1 | CycleEndedV1, Field(discriminator="type")
]
