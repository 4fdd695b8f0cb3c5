"""This service's settings."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import HttpUrl

from payops_kernel.settings import SECRET_CHARACTERS_MIN, DemoOnly, OwnValue, ServiceSettings
from payops_kernel.sites import AllowedSites


class Settings(ServiceSettings):
    """What ``backoffice`` reads from the environment beside the shared ones."""

    gateway: HttpUrl = HttpUrl("http://127.0.0.1:8600")
    """The base URL of the gateway: the only source of data."""
    session_key: Annotated[
        str,
        OwnValue("set a long random text, the same for all processes", SECRET_CHARACTERS_MIN),
    ] = "change-me-in-production"
    """Encrypts session cookies and signs forms."""
    offer_seeded_users: Annotated[
        bool, DemoOnly("it shows users whose passwords are known on the sign-in page")
    ] = False
    """Whether the sign-in page offers the local issuer's users at one press."""
    language: Literal["en", "it"] = "en"
    """Of people who have not chosen one and whose browser asks for none that we have."""
    browser_packages: Path = Path("node_modules")
    """The folder where npm put what browsers load: htmx, fonts, charts. Read once, at start."""
    notice: Path | None = None
    """A file whose words stand above every page while it is there: JSON, language → words."""
    embed_sites: AllowedSites = ()
    """Origins that may frame the dashboard, separated by commas, as the gateway has them."""
