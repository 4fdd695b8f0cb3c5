"""This service's settings."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from payops_kernel.settings import ServiceSettings
from payops_kernel.zones import Zone, known_zone
from subscriptions.domain.policies import FailurePolicy, MissedPeriods, Rules

Hours = Annotated[float, Field(gt=0, le=24 * 60)]


class Settings(ServiceSettings):
    """What ``subscriptions`` reads from the environment beside the shared settings."""

    billing_zone: Annotated[str, AfterValidator(known_zone)] | None = None
    """Whose midnight a day's payments fall due at (IANA); the reporting zone unless set."""
    payment_retry_hours: Annotated[tuple[Hours, ...], Field(min_length=1, max_length=9)] = (
        24.0, 72.0, 168.0,
    )  # fmt: skip
    """After how many hours each a failed payment is tried again, as a JSON list; when the last
    retry has failed too, the subscription ends."""
    missed_periods: MissedPeriods = MissedPeriods.SKIP
    """What becomes of periods that fall due while it is on hold."""
    payment_answered_within_hours: Hours = 24.0
    """How long a requested payment may take, before it is asked for again under the same key."""

    def rules(self) -> Rules:
        """What holds for all subscriptions."""
        delays = tuple(timedelta(hours=each) for each in self.payment_retry_hours)
        return Rules(
            Zone(self.billing_zone or self.zone),
            FailurePolicy(delays, self.missed_periods),
            timedelta(hours=self.payment_answered_within_hours),
        )
