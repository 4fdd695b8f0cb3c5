"""This service's settings."""

from pydantic import field_validator

from analytics.domain.reporting_days import ReportingZone
from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``analytics`` reads from the environment: the shared ones, the zone checked."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return ReportingZone(name).name
