"""A charge's tax: fixed when it is raised, each line rounded by itself, never computed again."""

from billing_debits.domain.facts import TaxLine
from payops_contracts.charge_facts import PPM


def contained(amount_minor: int, rate_ppm: int) -> int:
    """The tax contained in an amount at a rate in millionths, half up, in minor units.

    ``contained(103, 220_000)`` is 19: 1.03 at 22 % is 0.84 + 0.19.
    """
    whole = PPM + rate_ppm
    return (2 * amount_minor * rate_ppm + whole) // (2 * whole)


def tax_line(
    amount_minor: int, rate_ppm: int, tax_minor: int | None, description: str | None = None
) -> TaxLine:
    """A line with the tax that upstream told, else with the computed one."""
    tax = contained(amount_minor, rate_ppm) if tax_minor is None else tax_minor
    return TaxLine(amount_minor, rate_ppm, tax, description)
