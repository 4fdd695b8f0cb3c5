"""What goes over the wire. Amounts are integers in minor units of the currency beside them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from analytics.domain.windows import SPAN_DAYS_MAX, WindowName
from analytics.use_cases.read_kpis import Question
from payops_contracts.fields import Day
from payops_contracts.money import Currency
from payops_contracts.payments import TransactionStatus
from payops_kernel.http.given import GivenQuery, OrAbsent


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
    currency: Annotated[
        OrAbsent[Currency],
        Field(description="ISO 4217; without it every currency answers, each apart."),
    ] = None

    def question(self) -> Question:
        """What was asked."""
        return Question(self.window, self.from_, self.to, self.currency)


class TallyOut(BaseModel):
    """Payments and their amount."""

    count: int
    amount_minor: int = Field(description="Minor units of the currency.")


class WindowOut(BaseModel):
    """The window as it was understood, both days included."""

    name: WindowName
    from_: date = Field(alias="from")
    to: date


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


class KpiOut(BaseModel):
    """What every KPI answers with."""

    window: WindowOut
    zone: str = Field(description="IANA zone whose days are counted.")
    as_of: AsOfOut
    lag: int | None = Field(
        description="Published changes that are not counted yet, as seen in the last seconds; "
        "null when this process does not know."
    )


class DayOut(TallyOut):
    """One day."""

    day: date


class CurrencyDaysOut(BaseModel):
    """One currency's days: every day of the window, in order, empty ones too."""

    currency: str
    total: TallyOut
    days: list[DayOut]


class DailyPaymentsOut(KpiOut):
    """Payments that were paid (refunded ones too), gross, on the day of their Date."""

    currencies: list[CurrencyDaysOut]


class StatusShareOut(TallyOut):
    """One status."""

    status: TransactionStatus
    label: str
    percentage: float = Field(
        description="Share of the count with two decimals. The shares of a currency add up to "
        "exactly 100.00, or are all 0 when it has no payment."
    )


class CurrencyStatusesOut(BaseModel):
    """One currency's payments; every status is there."""

    currency: str
    total: TallyOut
    statuses: list[StatusShareOut]


class PaymentsByStatusOut(KpiOut):
    """All payments created in the window, by status."""

    currencies: list[CurrencyStatusesOut]
