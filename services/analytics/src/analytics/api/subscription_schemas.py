"""What goes over the wire about subscriptions. Amounts are integers in minor units of their
currency.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from analytics.api import subscription_examples as examples
from analytics.api.debit_schemas import Rate
from analytics.api.schemas import BeforeOut, FreshOut, KpiOut, LineOut, TallyOut
from payops_contracts.subscriptions import EndReason, SubscriptionStatus

Churn = Annotated[
    float | None,
    Field(
        description="Those that ended in the period, of those that ran at its start, in percent "
        "with two decimals; null when none ran. Over 100 when more ended than ran at its start."
    ),
]


class SubscriptionLineOut(LineOut):
    """What runs at each day's end, or what started or ended on it."""

    value: Literal["active", "new", "churned"]


class CurrencySubscriptionsOut(BaseModel):
    """One currency's lines: active, new, churned; `total` is what runs at the window's end."""

    currency: str
    total: TallyOut
    previous: BeforeOut = Field(description="What ran at the end of the period before.")
    opening: TallyOut = Field(description="What ran when the window began.")
    churn_percent: Churn
    previous_churn_percent: Churn
    lines: list[SubscriptionLineOut]


class SubscriptionsByDayOut(KpiOut):
    """Subscriptions that run at the end of each day, those that started on it and that ended.

    A subscription runs from the day of its first payment to the day before its end; On Hold it
    runs until it ends. `new` are those that started on a day, `churned` those that ended on it
    after they had started; `active` is all new so far less all churned so far. On days to come it
    is what runs now.

    Amounts are what subscriptions bring a month (MRR): each with its amount by months, a year
    being 12 months, 52 weeks and 365 days, rounded half up to minor units once a subscription.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.BY_DAY]})
    by: Literal["subscriptions"]
    days: list[date] = Field(description="Every day of the window, in order.")
    currencies: list[CurrencySubscriptionsOut]


class StandingOut(TallyOut):
    """Subscriptions of one status; the amount is what they bring, or would, a month."""

    status: SubscriptionStatus
    label: str
    percentage: float = Field(
        description="Share of the count with two decimals; a currency's add up to exactly 100.00."
    )


class EndedOut(TallyOut):
    """Subscriptions that are Not Active for one reason."""

    reason: EndReason
    label: str


class CurrencyStandingOut(BaseModel):
    """One currency's subscriptions; every status and reason is there."""

    currency: str
    total: TallyOut
    statuses: list[StandingOut]
    end_reasons: list[EndedOut]


class SubscriptionsByStatusOut(FreshOut):
    """All subscriptions by the status that they have now; those that are Not Active by reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.BY_STATUS]})
    currencies: list[CurrencyStandingOut]


class OutcomeOut(TallyOut):
    """Payments of subscriptions that were paid or failed; Created ones are not among them."""

    paid: TallyOut = Field(description="Refunded ones too, gross.")
    failed: TallyOut
    failed_percent: Rate


class OutcomeBeforeOut(OutcomeOut, BeforeOut):
    """The same of the period before, and how much more it is now."""


class DayOutcomeOut(OutcomeOut):
    """One day."""

    day: date


class CurrencyOutcomesOut(BaseModel):
    """One currency's days: every day of the window, in order, empty ones too."""

    currency: str
    total: OutcomeOut
    previous: OutcomeBeforeOut
    days: list[DayOutcomeOut]


class SubscriptionPaymentsOut(KpiOut):
    """Payments of type `SUBSCRIPTION` on the day of their Date: the failed-payment rate is failed
    ones of those that were paid or failed, by what is known now.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PAYMENTS]})
    currencies: list[CurrencyOutcomesOut]
