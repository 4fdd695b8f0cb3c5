"""This service's settings."""

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import Field

from billing_debits.domain.policies import SHIPPED, CollectionMode, CollectionTimes, Rules
from payops_kernel.settings import ServiceSettings
from payops_kernel.zones import Zone

COLLECTION_TIMES = (time(6), time(18))


class Settings(ServiceSettings):
    """What ``billing-debits`` reads from the environment beside the shared settings."""

    retry_policy: Literal["standard", "three-total"] = "standard"
    """Which policy plans the retries of failed debits."""
    answered_within_hours: Annotated[float, Field(gt=0, le=24 * 60)] = 24.0
    """How long a debit's result may take before its outcome counts as unknown."""
    block_after_rejection: bool = False
    """Whether a member is blocked while a charge of theirs is permanently rejected."""

    collection_mode: CollectionMode = CollectionMode.BATCH
    """How a charge is debited when it is due: by the next batch, or by itself."""

    def rules(self) -> Rules:
        """What decides about retries."""
        policy = SHIPPED[self.retry_policy]._replace(mode=self.collection_mode)
        return Rules(policy, CollectionTimes(Zone(self.zone), COLLECTION_TIMES))

    @property
    def answered_within(self) -> timedelta:
        """How long a debit's result may take."""
        return timedelta(hours=self.answered_within_hours)
