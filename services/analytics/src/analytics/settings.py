"""This service's settings."""

from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``analytics`` reads from the environment: the shared settings."""
