"""Amounts as reports show them: with the currency's code, so that every currency lines up."""

from __future__ import annotations

from payops_contracts.money import CURRENCY_DECIMALS


def decimal(amount_minor: int, currency: str) -> str:
    """Minor units as ``1,227,589.57``; an unknown currency's stay minor units."""
    decimals = CURRENCY_DECIMALS.get(currency, 0)
    whole, fraction = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{fraction:0{decimals}d}" if decimals else "")
