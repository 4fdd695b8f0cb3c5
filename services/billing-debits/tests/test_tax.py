"""Tax is contained in the amount, rounded by line, and fixed for good."""

import pytest

from billing_debits.domain.facts import ResultKind
from billing_debits.domain.tax import contained, tax_line
from payops_testing.billing_debits.builders import a_charge, a_raised, at, debited, folded, result


def test_the_tax_of_each_charge_is_rounded_by_itself_and_adds_up() -> None:
    charges = [a_raised(amount_minor=103, rate_ppm=220_000) for _ in range(3)]
    assert [charge.tax_minor for charge in charges] == [19, 19, 19]
    assert sum(charge.tax_minor for charge in charges) == 57  # not 56, as of 3.09 at once
    assert contained(309, 220_000) == 56
    assert all(charge.net_minor + charge.tax_minor == 103 for charge in charges)


@pytest.mark.parametrize(
    ("amount", "rate", "tax"),
    [(0, 220_000, 0), (122, 220_000, 22), (1, 220_000, 0), (3, 200_000, 1), (10**12, 0, 0)],
)
def test_half_is_rounded_up(amount: int, rate: int, tax: int) -> None:
    assert contained(amount, rate) == tax


def test_what_upstream_says_of_the_tax_is_kept() -> None:
    assert tax_line(103, 220_000, 18).tax_minor == 18


def test_a_rejection_leaves_the_tax_as_it_was() -> None:
    charge = debited(a_charge(rate_ppm=220_000), at())
    tax = charge.raised.tax_minor
    folded(result(ResultKind.FAILED, code="expired_card"), on=charge)
    assert charge.raised.tax_minor == tax > 0
