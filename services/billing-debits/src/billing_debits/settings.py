"""This service's settings."""

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator

from billing_debits.domain.policies import SHIPPED, CollectionTimes, Rules
from payops_kernel.settings import ServiceSettings
from payops_kernel.zones import Zone


def _times(text: str) -> str:
    for part in text.split(","):
        time.fromisoformat(part.strip())
    return text


class Settings(ServiceSettings):
    """What ``billing-debits`` reads from the environment beside the shared settings."""

    retry_policy: Literal["standard", "three-total"] = "standard"
    """Which policy plans the retries of failed debits."""
    collection_times: Annotated[str, AfterValidator(_times)] = "06:00,18:00"
    """When batches are built by schedule: times of the reporting zone, separated by commas."""

    def rules(self) -> Rules:
        """What decides about retries."""
        times = tuple(time.fromisoformat(it.strip()) for it in self.collection_times.split(","))
        return Rules(SHIPPED[self.retry_policy], CollectionTimes(Zone(self.zone), times))
