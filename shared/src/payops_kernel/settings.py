"""The settings that every service has, read from ``PAYOPS_*`` environment variables.

What everybody can read in this repository starts nothing but a demo: a default secret, a seeded
sign-in, a placeholder that would stand on an invoice. Such a setting is marked where it is
declared, ``Annotated[str, OwnValue(mend)]`` or ``Annotated[str, DemoOnly(mend)]``, and every
service refuses to start with it outside ``PAYOPS_DEMO=1``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from payops_kernel.logging import LogLevel
from payops_kernel.zones import known_zone

ENV_PREFIX = "PAYOPS_"
SECRET_CHARACTERS_MIN = 32


@dataclass(frozen=True, slots=True)
class OwnValue:
    """Marks a setting whose default is for demos. ``mend`` says what to set instead."""

    mend: str
    characters_min: int = 1

    def complaint(self, value: str, default: str) -> str | None:
        """Why a value will not do; None when it will."""
        if value == default:
            return f"has its default: {self.mend}"
        if len(value.strip()) < self.characters_min:
            return f"is shorter than {self.characters_min} characters: {self.mend}"
        return None


@dataclass(frozen=True, slots=True)
class DemoOnly:
    """Marks a setting that is for demos whatever its value. ``mend`` says what to do instead."""

    mend: str

    def complaint(self, value: str, default: str) -> str | None:
        """Why a value will not do; None when it will."""
        return None if value == default else f"is for demos: {self.mend}"


class UnfitSettings(Exception):
    """Settings that start nothing but a demo; the text names each and its mend."""


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

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="ignore", frozen=True)

    demo: bool = False
    """A platform to try things on: default secrets and seeded users are taken."""
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
    embed_jwks: str = ""
    """File path or URL of further keys, whose tokens may read KPIs and no more: the gateway's
    ``/.well-known/jwks.json`` where ``auth_jwks`` does not have its key (``PAYOPS_EMBED_KEY``).
    """
    auth_revoked: str = ""
    """URL of the gateway's ``/.well-known/revoked-tokens``: signed-out tokens are refused within
    10 s. Without it they are good until they expire. The gateway needs none.
    """
    auth_issuer: str = "payops-local"
    auth_audience: str = "payops"
    cursor_key: Annotated[
        str,
        OwnValue("set a long random text, the same for all processes", SECRET_CHARACTERS_MIN),
    ] = "change-me-in-production"
    """Signs list cursors."""
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    """The reporting zone (IANA): its days are those of KPIs, documents, mails, files and
    filters.
    """
    session_timeout_ms: int = Field(default=10_000, ge=6_000, le=60_000)
    """How long the group waits for a silent consumer before it gives its partitions away."""
    log_level: LogLevel = "INFO"
    trace_file: str = ""
    """Where spans are written as JSON lines; empty switches tracing's export off."""

    def database(self, service: str) -> str:
        """The name of a service's own database."""
        return self.database_prefix + service.replace("-", "_")

    def require_own_values(self) -> None:
        """Raise :class:`UnfitSettings` for what must not start outside a demo."""
        complaints = [] if self.demo else self._complaints()
        if complaints:
            raise UnfitSettings(f"{'; '.join(complaints)}. For a demo set {ENV_PREFIX}DEMO=1.")

    def _complaints(self) -> list[str]:
        found = (
            (name, mark.complaint(getattr(self, name), known.default))
            for name, known in type(self).model_fields.items()
            for mark in known.metadata
            if isinstance(mark, OwnValue | DemoOnly)
        )
        return [f"{ENV_PREFIX}{name.upper()} {complaint}" for name, complaint in found if complaint]
