"""What goes over the wire of the provider catalogue."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictBool

from checkout_rules.api.schemas import PairIn, ReasonIn
from payops_contracts.provider_catalogue import CATALOGUE_PAIRS_MAX
from payops_contracts.subscriptions import BillingMode, Interval
from payops_kernel.http.given import Given, some


class PairSubscriptionsIn(Given):
    """How subscriptions are paid with a pair."""

    billing: BillingMode
    intervals: Annotated[list[Interval], some(len(Interval))]


class CataloguePairIn(PairIn):
    """A pair and what it can do."""

    enabled: StrictBool
    refund: StrictBool
    subscriptions: PairSubscriptionsIn | None = Field(None, description="Null: it has none.")
    pay_by_link: StrictBool


class CatalogueIn(ReasonIn):
    """The whole catalogue."""

    pairs: Annotated[list[CataloguePairIn], some(CATALOGUE_PAIRS_MAX)]


class PairSubscriptionsOut(BaseModel):
    """How subscriptions are paid with a pair."""

    billing: BillingMode
    intervals: list[Interval]


class CataloguePairOut(BaseModel):
    """A pair and what it can do."""

    provider: str
    method: str
    label: str
    enabled: bool
    refund: bool
    subscriptions: PairSubscriptionsOut | None
    pay_by_link: bool


class CatalogueOut(BaseModel):
    """The provider catalogue."""

    version: int
    pairs: list[CataloguePairOut] = Field(description="By provider, then by method.")
    changed_at: datetime | None = Field(description="Null for the one as it was shipped.")
    changed_by: str | None


class LostPair(BaseModel):
    """A pair that does not answer any more."""

    provider: str
    method: str
    label: str


class AffectedRule(BaseModel):
    """An active rule that loses pairs."""

    rule_id: str
    name: str
    pairs: list[LostPair]
    left: int = Field(description="How many pairs it still answers with.")


class CatalogueAnswer(CatalogueOut):
    """The catalogue after a change."""

    affected: list[AffectedRule]
