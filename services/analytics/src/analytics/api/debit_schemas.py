"""What goes over the wire about debits. Amounts are integers in minor units of their currency."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from analytics.api import debit_examples as examples
from analytics.api.schemas import (
    BeforeOut,
    FigureOut,
    FreshOut,
    KpiOut,
    KpiQuery,
    LineOut,
    TallyOut,
    WindowOut,
)
from analytics.domain.lines import LINES_MAX
from analytics.use_cases.read_debits import REPEATED
from payops_contracts.charges import Rail
from payops_kernel.http.given import OrAbsent

Rate = Annotated[
    float | None,
    Field(
        description="In percent with two decimals: 100 only when all, 0 only when none; null when "
        "there are none."
    ),
]


class RepeatsQuery(KpiQuery):
    """Which days, which currency, and how often."""

    at_least: Annotated[
        OrAbsent[Annotated[int, Field(ge=2, le=1_000)]],
        Field(description=f"How often the same reason has to repeat; {REPEATED} when absent."),
    ] = None


class CurrencyMoneyOut(BaseModel):
    """One currency's lines: charged, collected, outstanding, tax; `total` is what was charged."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    lines: list[LineOut]


class DebitsByDayOut(KpiOut):
    """Charges on the day of their Created At, by what is known now.

    What was collected of a charge, is outstanding of it, and its tax, which is retained whatever
    becomes of the payment, count on that day too.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.BY_DAY]})
    by: Literal["money"]
    days: list[date] = Field(description="Every day of the window, in order.")
    currencies: list[CurrencyMoneyOut]


class OutcomesOut(TallyOut):
    """Attempts, on the day of their submission, and what became of them. All rates are of all."""

    succeeded: TallyOut = Field(description="Reversed ones are among them.")
    failed: TallyOut
    open: TallyOut = Field(description="Submitted, or without an answer.")
    reversed: TallyOut
    success_percent: Rate
    failure_percent: Rate


class OutcomesBeforeOut(BeforeOut):
    """The same of the period before."""

    success_percent: Rate


class DayOutcomesOut(OutcomesOut):
    """One day."""

    day: date


class CurrencyRatesOut(BaseModel):
    """One currency's days: every day of the window, in order, empty ones too."""

    currency: str
    total: OutcomesOut
    previous: OutcomesBeforeOut
    days: list[DayOutcomesOut]


class DebitSuccessOut(KpiOut):
    """Attempts by the day of their submission."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SUCCESS]})
    currencies: list[CurrencyRatesOut]


class PartOutcomesOut(OutcomesOut):
    """The attempts of one batch, or of one number."""

    value: str | None = Field(
        description="The batch code, or the attempt's number: 1 is the first, 2 is retry 1. Null "
        "of attempts outside a batch, and of all others."
    )
    label: str
    is_others: bool = Field(
        description=f"True of the last one when there are more than {LINES_MAX}: it holds all the "
        "others together."
    )
    previous: OutcomesBeforeOut


class CurrencyPartsOut(BaseModel):
    """One currency's attempts by part."""

    currency: str
    total: OutcomesOut
    previous: OutcomesBeforeOut
    parts: list[PartOutcomesOut]


class DebitsByPartOut(KpiOut):
    """Attempts submitted in the window, by batch or by number."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.BY_RETRY]})
    by: Literal["batch", "number"]
    currencies: list[CurrencyPartsOut]


class RecoveredPartOut(TallyOut):
    """What one retry brought, and has not gone back."""

    value: str = Field(description="The retry's number: 1 is the second attempt.")
    label: str
    is_others: bool
    percentage: float = Field(
        description="Share of the count with two decimals; a currency's add up to exactly 100.00."
    )
    previous: BeforeOut


class CurrencyRecoveredOut(BaseModel):
    """One currency's, retry by retry."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    parts: list[RecoveredPartOut]


class DebitsRecoveredOut(KpiOut):
    """Debits of the window that succeeded after a failure and did not go back, by retry."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RECOVERED]})
    by: Literal["retry"]
    currencies: list[CurrencyRecoveredOut]


class DebitReasonOut(TallyOut):
    """Attempts that failed for one reason."""

    reason: str | None = Field(
        description="The code that the processor gave; null when it gave none, and for all others."
    )
    label: str
    is_others: bool
    percentage: float = Field(
        description="Share of the count with two decimals; a currency's add up to exactly 100.00."
    )
    recovered: TallyOut = Field(description="Those of them whose charge is collected now.")
    success_percent: Rate
    previous: BeforeOut


class CurrencyDebitReasonsOut(BaseModel):
    """One currency's failed attempts, the largest amount first."""

    currency: str
    total: TallyOut
    previous: BeforeOut
    reasons: list[DebitReasonOut]


class DebitReasonsOut(KpiOut):
    """Attempts submitted in the window that failed, by reason, and how many were recovered."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REASONS]})
    currencies: list[CurrencyDebitReasonsOut]


class RailExposureOut(TallyOut):
    """One rail."""

    rail: Rail
    label: str
    returnable_days: int = Field(description="For how long a debit may go back after its success.")


class CurrencyExposureOut(BaseModel):
    """One currency's; every rail is there."""

    currency: str
    total: TallyOut
    rails: list[RailExposureOut]


class DebitExposureOut(FreshOut):
    """What is collected and may still go back within its rail's window, as of now."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.EXPOSURE]})
    at: datetime
    currencies: list[CurrencyExposureOut]


class RepeatOut(TallyOut):
    """The same failure reason, again and again."""

    of: Literal["member", "batch", "day"]
    value: str = Field(description="The mPass number, the batch code, or the day.")
    reason: str | None = Field(description="The code; null when nobody gave one.")
    label: str
    first_day: date
    last_day: date


class CurrencyRepeatsOut(BaseModel):
    """One currency's, the most frequent first."""

    currency: str
    repeats: list[RepeatOut]


class RepeatedFailuresOut(FreshOut):
    """Failed attempts with one reason that repeats for a member, a batch or a day."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REPEATS]})
    window: WindowOut
    at_least: int
    currencies: list[CurrencyRepeatsOut]


class CurrencyDebitsTodayOut(BaseModel):
    """One currency's figures."""

    currency: str
    attempts: FigureOut = Field(description="All attempts submitted today.")
    failed: FigureOut = Field(description="Those of them that failed.")
    retries_due: TallyOut = Field(
        description="Debits that are planned until `retries_until`, those that are due among them."
    )
    open_exceptions: TallyOut = Field(
        description="What persons have to settle, and the amounts of the charges."
    )


class DebitsTodayOut(KpiOut):
    """Today's attempts by what is known now, and what stands now."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TODAY]})
    retries_until: datetime = Field(description="24 hours from now.")
    currencies: list[CurrencyDebitsTodayOut]
