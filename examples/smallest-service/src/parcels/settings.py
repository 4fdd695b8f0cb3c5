"""This service's settings."""

from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``parcels`` reads from the environment beside the shared settings."""

    collect_within_days: int = 14
    """How long a parcel waits for its recipient before it goes back by itself."""
