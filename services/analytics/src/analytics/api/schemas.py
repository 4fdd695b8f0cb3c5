"""What goes over the wire. Amounts are integers in minor units of the currency beside them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from analytics.api import examples
from analytics.domain.lines import LINES_MAX
from analytics.domain.windows import SPAN_DAYS_MAX, WindowName
from analytics.use_cases.read_kpis import Question
from payops_contracts.fields import Day
from payops_contracts.money import Currency
from payops_contracts.payments import TransactionStatus
from payops_kernel.http.given import GivenQuery, OrAbsent

OneCurrency = Annotated[
    OrAbsent[Currency],
    Field(description="ISO 4217; without it every currency answers, each apart."),
]
Change = Annotated[
    float | None,
    Field(description="In percent, with two decimals; null when there was nothing before."),
]


class KpiQuery(GivenQuery):
    """Which days, and which currency."""

    window: Annotated[
        OrAbsent[WindowName],
        Field(
            description="`ytd`: 1 January to today; `mtd`: the 1st to today; `custom`: `from` to "
            "`to`. Default: `custom` when a day is given, else `mtd`. Days and today are those "
            "of the reporting zone."
        ),
    ] = None
    from_: Annotated[
        OrAbsent[Day], Field(alias="from", description="First day of a custom window, included.")
    ] = None
    to: Annotated[
        OrAbsent[Day],
        Field(
            description="Last day of a custom window, included; at most "
            f"{SPAN_DAYS_MAX} days in all."
        ),
    ] = None
    currency: OneCurrency = None

    def question(self) -> Question:
        """What was asked."""
        return Question(self.window, self.from_, self.to, self.currency)


class TodayQuery(GivenQuery):
    """Which currency."""

    currency: OneCurrency = None


class TallyOut(BaseModel):
    """Payments and their amount."""

    count: int
    amount_minor: int = Field(description="Minor units of the currency.")


class BeforeOut(TallyOut):
    """The same of the period before, and how much more it is now."""

    count_change_percent: Change
    amount_change_percent: Change


class WindowOut(BaseModel):
    """The window as it was understood, both days included."""

    name: WindowName
    from_: date = Field(alias="from")
    to: date
    until: datetime | None = Field(
        description="Now, while the window is running: it holds what happened so far. Null when "
        "all its days are over."
    )


class PreviousOut(BaseModel):
    """What the window is compared with, both days included.

    A month or a part of it that began on the 1st: the month before. The year to date: the year
    before. Any other window: as many days right before it.
    """

    from_: date = Field(alias="from")
    to: date
    until: datetime | None = Field(
        description="The day `to` is counted up to this instant, excluded, as the window's own "
        "last day is still running; null when it is counted whole."
    )


class PositionOut(BaseModel):
    """How much of one partition the numbers contain."""

    topic: str
    partition: int
    next: int = Field(description="First offset that is not in the numbers.")


class AsOfOut(BaseModel):
    """Which changes the numbers contain; read in one snapshot with them."""

    at: datetime | None = Field(
        description="When the newest change in the numbers was published; null before the first."
    )
    positions: list[PositionOut]


class VerifiedOut(BaseModel):
    """The last recount of everything that KPIs are read from, out of every payment's last state."""

    verified_at: datetime = Field(description="What was counted until then is in it.")
    agreed: bool = Field(description="Whether all of it agreed to the minor unit.")
    differences: int
    payments: int = Field(description="How many payments were recounted.")


class FreshOut(BaseModel):
    """How fresh and how good numbers are."""

    zone: str = Field(description="IANA zone whose days are counted.")
    as_of: AsOfOut
    lag: int | None = Field(
        description="Published changes that are not counted yet, as seen in the last seconds; "
        "null when this process does not know."
    )
    verified: VerifiedOut | None = Field(description="Null before the first verification.")


class KpiOut(FreshOut):
    """What every KPI of a window answers with."""

    window: WindowOut
    previous: PreviousOut


class DayOut(TallyOut):
    """One day."""

    day: date


class CurrencyDaysOut(BaseModel):
    """One currency's days: every day of the window, in order, empty ones too."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    days: list[DayOut]


class DailyPaymentsOut(KpiOut):
    """Payments that were paid (refunded ones too), gross, on the day of their Date."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DAILY_PAYMENTS]})
    currencies: list[CurrencyDaysOut]


class StatusShareOut(TallyOut):
    """One status."""

    status: TransactionStatus
    label: str
    percentage: float = Field(
        description="Share of the count with two decimals. The shares of a currency add up to "
        "exactly 100.00, or are all 0 when it has no payment."
    )
    previous: BeforeOut


class CurrencyStatusesOut(BaseModel):
    """One currency's payments; every status is there."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    statuses: list[StatusShareOut]


class PaymentsByStatusOut(KpiOut):
    """All payments created in the window, by status."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PAYMENTS_BY_STATUS]})
    currencies: list[CurrencyStatusesOut]


class LineOut(BaseModel):
    """One value over the days; both lists have an entry for each of the answer's `days`."""

    value: str | None = Field(description="As upstream says it; null for all other values.")
    label: str
    is_others: bool = Field(
        description=f"True of the last line when there are more than {LINES_MAX} values: it holds "
        "all the others together."
    )
    total: TallyOut
    previous: BeforeOut
    counts: list[int] = Field(description="Payments a day; 0 on days without.")
    amounts_minor: list[int] = Field(description="Their amount a day; 0 on days without.")


class CurrencyLinesOut(BaseModel):
    """One currency's lines, the largest amount first; they add up to `total`."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    lines: list[LineOut]


class AmountByOut(KpiOut):
    """Payments that were paid, gross, on the day of their Date, by one of their properties.

    The lines of a currency add up to its daily payments, on each day.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.AMOUNT_BY]})
    by: Literal["method", "channel", "provider", "type"]
    days: list[date] = Field(description="Every day of the window, in order.")
    currencies: list[CurrencyLinesOut]


class NetOut(BaseModel):
    """Payments that were paid, and what is left of them."""

    count: int = Field(description="Payments that were paid.")
    refunded_count: int = Field(description="Those of which something was given back.")
    gross_minor: int
    refunded_minor: int
    net_minor: int = Field(
        description="Gross less refunded; below zero when upstream gave back more than was paid."
    )


class NetDayOut(NetOut):
    """Payments of one day; their refunds count here too, whenever they were made."""

    day: date


class NetBeforeOut(NetOut):
    """The same of the period before, and how much more it is now."""

    gross_change_percent: Change
    refunded_change_percent: Change
    net_change_percent: Change


class CurrencyNetOut(BaseModel):
    """One currency's days: every day of the window, in order, empty ones too."""

    currency: str
    total: NetOut
    previous: NetBeforeOut
    days: list[NetDayOut]


class RefundsAndNetOut(KpiOut):
    """What was paid, what was given back of it and what is left, on the day of the payment."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REFUNDS_AND_NET]})
    currencies: list[CurrencyNetOut]


class ReasonOut(TallyOut):
    """Payments that failed for one reason."""

    reason: str | None = Field(
        description="The code that upstream gave; null when it gave none, and for all others."
    )
    label: str
    is_others: bool = Field(
        description=f"True of the last one when there are more than {LINES_MAX}: it holds all the "
        "others together."
    )
    percentage: float = Field(
        description="Share of the count with two decimals; a currency's add up to exactly 100.00."
    )
    previous: BeforeOut


class CurrencyReasonsOut(BaseModel):
    """One currency's failed payments, the largest amount first."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    reasons: list[ReasonOut]


class FailureReasonsOut(KpiOut):
    """Payments created in the window that failed, by the reason that upstream gave."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FAILURE_REASONS]})
    currencies: list[CurrencyReasonsOut]


class FigureOut(TallyOut):
    """A figure of today, beside yesterday's at the same time of day."""

    previous: BeforeOut


class AwaitingOut(TallyOut):
    """Refunds that wait."""

    payments: int = Field(description="Whose refunds they are: a payment may have several.")


class CurrencyTodayOut(BaseModel):
    """One currency's figures."""

    currency: str
    payments: FigureOut = Field(description="All payments whose Date is today.")
    paid: FigureOut = Field(description="Those of them that were paid, gross.")
    failed: FigureOut = Field(description="Those of them that failed.")
    refunds_awaiting: AwaitingOut = Field(
        description="Refunds of any day that upstream was asked for and has not settled: their "
        "number and their amount."
    )


class TodayOut(KpiOut):
    """Today so far, by what is known now of today's and of yesterday's payments."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TODAY]})
    currencies: list[CurrencyTodayOut]


class VerificationAskedOut(BaseModel):
    """A verification that will be made within seconds.

    It is done when the `verified_at` that every KPI carries is not before `requested_at`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.VERIFICATION_ASKED]})
    requested_at: datetime
    verified: VerifiedOut | None = Field(description="The last one before; null before the first.")
