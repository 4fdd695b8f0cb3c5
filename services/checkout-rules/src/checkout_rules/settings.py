"""This service's settings."""

from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``checkout-rules`` reads from the environment: the shared settings."""
