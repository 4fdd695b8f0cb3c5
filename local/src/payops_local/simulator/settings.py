"""What the simulator is told, by `PAYOPS_*` environment variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

RATE_MAX = 5_000.0


class SimulatorSettings(BaseSettings):
    """`PAYOPS_KAFKA`, `PAYOPS_SIMULATOR_RATE` and the others."""

    model_config = SettingsConfigDict(env_prefix="PAYOPS_", extra="ignore", frozen=True)

    kafka: str = "127.0.0.1:8690"
    """Bootstrap servers, ``host:port`` separated by commas."""
    simulator_rate: float = Field(default=5.0, ge=0, le=RATE_MAX)
    """New payments a second on average; 0 publishes nothing."""
    simulator_seed: int = 1
    """The same seed and start give the same events, ids included."""
    simulator_start: float | None = Field(default=None, ge=0, le=4_102_444_800)
    """Start instant in seconds since 1970; now when it is not given. It is part of every id, so
    that a restart never repeats one."""
    simulator_customers: int = Field(default=500, ge=1, le=100_000)
    """How many customers there are."""
    log_level: str = "INFO"
