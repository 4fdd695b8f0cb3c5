"""Which providers and methods there are, and what each pair of them can do.

The catalogue is kept by `checkout-rules` and travels on `payops.checkout-rules` when it changes.
Until one has arrived, the built-in one holds.
"""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from payops_contracts.descriptions import Part
from payops_contracts.envelope import DomainEnvelope
from payops_contracts.fields import KeptInstant, KeptSlug, Text, WholeNumber
from payops_contracts.subscriptions import BillingMode, Interval

CATALOGUE_ID = "provider-catalogue"
"""The subject of its events: there is one."""
CATALOGUE_PAIRS_MAX = 500


class PairSubscriptions(Part):
    """How subscriptions are paid with a pair."""

    billing: BillingMode
    """Who starts the payments after the first one."""
    intervals: Annotated[tuple[Interval, ...], Field(min_length=1, max_length=len(Interval))]
    """The units that a recurrence may have."""


class CataloguePair(Part):
    """A provider-payment method pair, and what it can do."""

    provider: KeptSlug
    method: KeptSlug
    enabled: StrictBool
    """A pair that is not enabled never answers."""
    refund: StrictBool
    subscriptions: PairSubscriptions | None = None
    """Null when it has none."""
    pay_by_link: StrictBool


class CatalogueData(Part):
    """The whole catalogue after a change."""

    version: Annotated[int, WholeNumber(ge=1)]
    pairs: Annotated[tuple[CataloguePair, ...], Field(max_length=CATALOGUE_PAIRS_MAX)]
    """By provider, then by method."""
    changed_at: KeptInstant
    changed_by: Annotated[str, Field(max_length=128)]
    reason: Text | None = None


class ProviderCatalogueChangedV1(DomainEnvelope):
    """The catalogue says something else now; its key is always the same."""

    type: Literal["payops.provider-catalogue.changed.v1"]
    data: CatalogueData


def _pair(
    provider: str,
    method: str,
    *intervals: Interval,
    billing: BillingMode = BillingMode.HUB,
    refund: bool = True,
    by_link: bool = False,
) -> CataloguePair:
    paid = PairSubscriptions(billing=billing, intervals=intervals) if intervals else None
    return CataloguePair(
        provider=provider,
        method=method,
        enabled=True,
        refund=refund,
        subscriptions=paid,
        pay_by_link=by_link,
    )


_OF_PROVIDER = BillingMode.PROVIDER

BUILT_IN_PAIRS: tuple[CataloguePair, ...] = (
    _pair("adyen", "credit-cards", *Interval, by_link=True),
    _pair("axerve", "applepay", by_link=True),
    _pair("axerve", "credit-cards", Interval.DAY, by_link=True),
    _pair("axerve", "googlepay", by_link=True),
    _pair("axerve", "pay-pal", Interval.DAY, by_link=True),
    _pair("axerve", "satispay", by_link=True),
    _pair("braintree", "pay-pal", Interval.MONTH, billing=_OF_PROVIDER),
    _pair("flowpay", "wire-transfer", refund=False),
    _pair("nexi", "credit-cards"),
    _pair("satispay", "satispay", *Interval),
    _pair("scalapay", "scalapay"),
    _pair("stripe", "credit-cards", Interval.MONTH, billing=_OF_PROVIDER, by_link=True),
    _pair("stripe", "pay-pal", Interval.MONTH, billing=_OF_PROVIDER, by_link=True),
)
"""What the catalogue says until somebody changes it."""
