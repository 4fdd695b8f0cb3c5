"""This service's settings."""

from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``subscriptions`` reads from the environment: the shared settings."""
