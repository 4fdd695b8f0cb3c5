"""What the simulator is told, by `PAYOPS_*` environment variables."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, HttpUrl, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from payops_kernel.logging import LogLevel

RATE_MAX = 5_000.0
LATE_S_MAX = 86_400.0
RATE_WITHOUT_HISTORY = 5.0
RATE_BESIDE_HISTORY = 0.05
LIVELY_S = 600.0
"""So long after a start one comes every twenty seconds beside the history's own, so that somebody
who watches sees rows arrive, and a platform left alone keeps the history's figures."""
CHARGE_RATE = 0.05
"""Three charges a minute, and no more than there are payments."""
SUBSCRIPTION_RATE = 0.01
HISTORY_DAYS_MAX = 1_500
HISTORY_PER_DAY_MAX = 10_000.0

Share = Annotated[float, Field(ge=0, le=1)]


class SimulatorSettings(BaseSettings):
    """`PAYOPS_KAFKA`, `PAYOPS_SIMULATOR_RATE` and the others."""

    model_config = SettingsConfigDict(env_prefix="PAYOPS_", extra="ignore", frozen=True)

    kafka: str = "127.0.0.1:8690"
    """Bootstrap servers, ``host:port`` separated by commas."""
    mongo: str | None = None
    """The platform's MongoDB: with it the clock of a demo's past can be driven."""
    database_prefix: str = "payops_"
    zone: str = "UTC"
    """The reporting zone; mornings and evenings of the history are its."""
    simulator_rate: float | None = Field(default=None, ge=0, le=RATE_MAX)
    """New payments a second on average while it runs, beside those of a history; 0 for none. Not
    given, it is 5 without a history, and with one 0.05 for ten minutes."""
    simulator_charge_rate: float | None = Field(default=None, ge=0, le=RATE_MAX)
    """New charges a second, as long as payments come beside the history's. Not given, it is 0.05,
    and less when there are fewer payments."""
    simulator_history_days: int = Field(default=0, ge=0, le=HISTORY_DAYS_MAX)
    """How many days before the first start are told, when nobody has told anything upstream."""
    simulator_history_per_day: float = Field(default=65.0, gt=0, le=HISTORY_PER_DAY_MAX)
    """Payments a day at the end of that history; fewer before."""
    simulator_readers: tuple[HttpUrl, ...] = ()
    """Services whose lag keeps the history's pace, as a JSON list of their addresses."""
    simulator_notice: Path | None = None
    """A file that says how far the history is, while it plays."""
    simulator_gateway: HttpUrl | None = None
    """Where the local platform's seeded users sign in: for the checkout rules of the demo and what
    they offer its payments, and to close the billing cycles of a past that PayOps collected."""
    simulator_seed: int = 1
    """The same seed and start give the same events, ids included."""
    simulator_start: float | None = Field(default=None, ge=0, le=4_102_444_800)
    """Start instant in seconds since 1970; now when it is not given. It is part of every id, so
    that a restart never repeats one. A history that was begun keeps its own."""
    simulator_customers: int = Field(default=500, ge=1, le=100_000)
    """How many customers there are."""
    simulator_refund_failed: Share = 0.06
    """Share of refund commands that are declined, with a reason."""
    simulator_refund_pending: Share = 0.20
    """Share that is pending first and succeeds later."""
    simulator_refund_late: Share = 0.03
    """Share that is answered only after a while."""
    simulator_refund_late_s: float = Field(default=60.0, ge=0, le=LATE_S_MAX)
    """How long that while is, on average."""
    simulator_refund_silent: Share = 0.01
    """Share that is carried out but not answered until it is asked again under the same key."""
    simulator_refund_twice: Share = 0.05
    """Share of answers that come twice."""
    simulator_refund_returned: Share = 0.03
    """Share of successes of which the bank sends the money back within two minutes."""
    simulator_external_refund: Share = 0.004
    """Share of this hub's paid payments that are refunded without our asking. A history has shares
    of its own, and so for disputes."""
    simulator_dispute: Share = 0.004
    """Share of this hub's paid payments that are disputed, then won or lost, wholly or in part."""
    simulator_subscription_rate: float | None = Field(default=None, ge=0, le=RATE_MAX)
    """New subscriptions a second, as long as payments come beside the history's. Not given, it is
    0.01, and less when there are fewer payments."""
    simulator_subscription_failed: Share = 0.12
    """Share of the payments of subscriptions that PayOps asks for that fail, with a reason."""
    simulator_subscription_pending: Share = 0.15
    """Share of the requested payments that are pending first."""
    simulator_subscription_late: Share = 0.03
    """Share of the requested payments of which is told only after a while."""
    simulator_subscription_late_s: float = Field(default=120.0, ge=0, le=LATE_S_MAX)
    """How long that while is, on average."""
    simulator_subscription_lost: Share = 0.02
    """Share of the requested payments of which nothing is told until they are asked for again."""
    simulator_subscription_twice: Share = 0.05
    """Share of the ends of requested payments that are told twice."""
    simulator_debit_soft: Share = 0.18
    """Share of debits that are declined for now, such as for lack of money."""
    simulator_debit_hard: Share = 0.05
    """Share of debits that are declined for good."""
    simulator_debit_late: Share = 0.04
    """Share of the answers to debits that come only after a while."""
    simulator_debit_late_s: float = Field(default=120.0, ge=0, le=LATE_S_MAX)
    """How long that while is, on average."""
    simulator_debit_lost: Share = 0.02
    """Share of the answers that do not come until the same debit is asked for again."""
    simulator_debit_twice: Share = 0.05
    """Share of the answers to debits that come twice."""
    simulator_debit_contradicted: Share = 0.01
    """Share of the debits that succeeded of which a failure is told afterwards."""
    simulator_debit_reversed: Share = 0.03
    """Share of the debits that succeeded of which the money goes back within ten minutes."""
    log_level: LogLevel = "INFO"

    @property
    def stream(self) -> tuple[float, float]:
        """New payments a second beside those of a history, and for how many seconds."""
        if self.simulator_rate is not None:
            return self.simulator_rate, inf
        if self.simulator_history_days:
            return RATE_BESIDE_HISTORY, LIVELY_S
        return RATE_WITHOUT_HISTORY, inf

    @property
    def charge_rate(self) -> float:
        """New charges a second, for as long as the stream of payments."""
        if self.simulator_charge_rate is not None:
            return self.simulator_charge_rate
        return min(CHARGE_RATE, self.stream[0])

    @property
    def subscription_rate(self) -> float:
        """New subscriptions a second, for as long as the stream of payments."""
        if self.simulator_subscription_rate is not None:
            return self.simulator_subscription_rate
        return min(SUBSCRIPTION_RATE, self.stream[0])

    @model_validator(mode="after")
    def _outcomes_fit_into_one(self) -> Self:
        told = (self.simulator_refund_failed, self.simulator_refund_pending)
        late = (self.simulator_refund_late, self.simulator_refund_silent)
        if sum(told + late) > 1:
            raise ValueError("the shares of failed, pending, late and silent are over 1 together")
        if self.simulator_debit_soft + self.simulator_debit_hard > 1:
            raise ValueError("the shares of soft and hard declines are over 1 together")
        if self.simulator_debit_late + self.simulator_debit_lost > 1:
            raise ValueError("the shares of late and lost answers are over 1 together")
        if self.simulator_debit_contradicted + self.simulator_debit_reversed > 1:
            raise ValueError("the shares of contradicted and reversed are over 1 together")
        requested = (self.simulator_subscription_late, self.simulator_subscription_lost)
        if sum((self.simulator_subscription_pending, *requested)) > 1:
            raise ValueError("the shares of pending, late and lost payments are over 1 together")
        return self
