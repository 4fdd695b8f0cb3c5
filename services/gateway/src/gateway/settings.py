"""This service's settings."""

from typing import Annotated

from pydantic import Field, HttpUrl

from payops_kernel.settings import DemoOnly, ServiceSettings


class Settings(ServiceSettings):
    """What ``gateway`` reads from the environment beside the shared ones."""

    services: dict[str, HttpUrl] = Field(default_factory=dict)
    """Base URLs by service, as JSON; the routes of one that is not named here answer 503."""
    local_issuer_key: Annotated[
        str, DemoOnly("its users' passwords are known; name your own issuer in PAYOPS_AUTH_JWKS")
    ] = ""
    """Path of a PEM private key (Ed25519): switches the seeded local sign-in on. Demo only."""
    pages: str = ""
    """The file of pages that says what differs from the defaults: a path, or an https address."""
    pages_sha256: Annotated[str, Field(pattern="^([0-9a-fA-F]{64})?$")] = ""
    """Of that file; an address needs it."""
    pages_copies: str = ""
    """A folder for copies of what the address gave, used while it does not answer."""
    action_secret: str = ""
    """Signs the calls to endpoints that pages name: ``whsec_`` and 24 bytes or more in base64."""
    rate_per_s: float = Field(default=1000.0, gt=0)
    """Requests a second that one caller may make in the long run."""
    rate_burst: int = Field(default=2000, ge=1)
    """Requests that one caller may make at once."""
