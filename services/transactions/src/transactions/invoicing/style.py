"""How every document is shown, and who issues it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues; every part is shown as it is given. ``logo`` is the path of a PNG."""

    company: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""
    phone: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How everything is shown: locale (CLDR), zone (IANA), paper size, and who issues."""

    issuer: Issuer
    locale: str = "en"
    zone: str = "UTC"
    paper: str = "a4"
