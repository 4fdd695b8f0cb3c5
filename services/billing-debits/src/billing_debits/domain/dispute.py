"""What is known of consumption transactions that somebody disputes: charges, attempts, money."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from billing_debits.domain.charge import Charge
from billing_debits.domain.facts import ResultKind


@dataclass(slots=True)
class DisputeSums:
    """The money of some charges in one currency, in minor units."""

    currency: str
    charged_minor: int = 0
    net_minor: int = 0
    tax_minor: int = 0
    collected_minor: int = 0
    outstanding_minor: int = 0
    reversed_minor: int = 0


def reversals(charge: Charge) -> list[datetime]:
    """When debits of it went back, oldest first; each with the charge's amount."""
    told = (each.outcomes.get(ResultKind.REVERSED) for each in charge.attempts)
    return sorted(each.at for each in told if each is not None)


def reversed_minor(charge: Charge) -> int:
    """What went back."""
    return charge.raised.amount_minor * len(reversals(charge))


def dispute_sums(charges: Iterable[Charge]) -> list[DisputeSums]:
    """By currency, in the order of their codes."""
    found: dict[str, DisputeSums] = {}
    for charge in charges:
        raised = charge.raised
        sums = found.setdefault(raised.currency, DisputeSums(raised.currency))
        sums.charged_minor += raised.amount_minor
        sums.net_minor += raised.net_minor
        sums.tax_minor += raised.tax_minor
        sums.collected_minor += charge.collected_minor
        sums.outstanding_minor += charge.outstanding_minor
        sums.reversed_minor += reversed_minor(charge)
    return [found[currency] for currency in sorted(found)]
