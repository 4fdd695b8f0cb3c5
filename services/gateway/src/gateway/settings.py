"""This service's settings."""

from typing import Annotated

from pydantic import Field

from payops_kernel.settings import DemoOnly, ServiceSettings


class Settings(ServiceSettings):
    """What ``gateway`` reads from the environment beside the shared ones."""

    transactions_url: str = "http://127.0.0.1:8611"
    """Base URL of the service ``transactions``."""
    analytics_url: str = "http://127.0.0.1:8615"
    """Base URL of the service ``analytics``."""
    local_issuer_key: Annotated[
        str, DemoOnly("its users' passwords are known; name your own issuer in PAYOPS_AUTH_JWKS")
    ] = ""
    """Path of a PEM private key (Ed25519): switches the seeded local sign-in on. Demo only."""
    rate_per_s: float = Field(default=1000.0, gt=0)
    """Requests a second that one caller may make in the long run."""
    rate_burst: int = Field(default=2000, ge=1)
    """Requests that one caller may make at once."""
