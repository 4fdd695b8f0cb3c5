"""Sites that may frame a page of ours: origins, as a policy's ``frame-ancestors`` takes them."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_settings import NoDecode

_ORIGIN = re.compile(
    r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
)
ANY_PORT = ":*"


def known_site(text: str) -> str:
    """The origin, for a body; raises ``ValueError`` when it is none.

    ``https://host`` or ``https://host:port``; ``http`` for this machine alone.
    """
    if _ORIGIN.fullmatch(text) is None:
        raise ValueError(f"'{text[:80]}' is not an origin such as https://shop.example")
    return text


def allowed_site(text: str) -> str:
    """An origin, for a setting; its port may be ``*``. Raises ``ValueError``."""
    known_site(text.removesuffix(ANY_PORT))
    return text


def admits(allowed: str, site: str) -> bool:
    """Whether a site is the one that a setting allows, on whatever port where that says so."""
    if not allowed.endswith(ANY_PORT):
        return site == allowed
    host = allowed.removesuffix(ANY_PORT)
    return site == host or (site.startswith(f"{host}:") and site.removeprefix(f"{host}:").isdigit())


Site = Annotated[
    str,
    AfterValidator(known_site),
    WithJsonSchema({"type": "string", "pattern": f"^({_ORIGIN.pattern})$"}),
]
AllowedSites = Annotated[
    tuple[Annotated[str, AfterValidator(allowed_site)], ...],
    NoDecode,
    BeforeValidator(lambda said: said.split(",") if isinstance(said, str) and said else said or ()),
]
"""A setting: allowed sites, separated by commas."""
