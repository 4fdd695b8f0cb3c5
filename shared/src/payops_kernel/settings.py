"""The settings that every service has, read from ``PAYOPS_*`` environment variables."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from payops_kernel.logging import LogLevel
from payops_kernel.zones import known_zone


class Role(StrEnum):
    """What a process of a service does."""

    ALL = "all"
    API = "api"
    WORKER = "worker"

    @property
    def consumes(self) -> bool:
        """Whether this process runs consumers, the relay and due work."""
        return self is not Role.API


class ServiceSettings(BaseSettings):
    """One service process. A service adds its own fields in its ``settings.py``."""

    model_config = SettingsConfigDict(env_prefix="PAYOPS_", extra="ignore", frozen=True)

    kafka: str = "127.0.0.1:8690"
    """Bootstrap servers, ``host:port`` separated by commas."""
    mongo: str = "mongodb://127.0.0.1:8692/?replicaSet=rs0"
    """URI of a replica set; transactions need one."""
    database_prefix: str = "payops_"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    role: Role = Role.ALL
    auth_jwks: str = ""
    """File path or URL of the JWKS that signs bearer tokens."""
    auth_issuer: str = "payops-local"
    auth_audience: str = "payops"
    cursor_key: str = "change-me-in-production"
    """Signs list cursors."""
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    """The reporting zone (IANA): its days are those of KPIs, papers, mails, files and filters."""
    session_timeout_ms: int = Field(default=10_000, ge=6_000, le=60_000)
    """How long the group waits for a silent consumer before it gives its partitions away."""
    log_level: LogLevel = "INFO"
    trace_file: str = ""
    """Where spans are written as JSON lines; empty switches tracing's export off."""

    def database(self, service: str) -> str:
        """The name of a service's own database."""
        return self.database_prefix + service.replace("-", "_")
