"""This service's settings."""

from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``transactions`` reads from the environment; nothing beyond the shared ones yet."""
