"""Currencies that are gone, for payments of their time.

From ISO 4217's list three (historic denominations), as far as the decimals of their minor unit are
known for sure: those of the JDK's ``currency.properties``, which has kept ISO's since 1999. Older
ones are left out: a code that is refused is seen, a payment in wrong units is not.
"""

from datetime import datetime

_WITHDRAWN: dict[int, dict[int, str]] = {
    0: {
        2001: "BYB",
        2002: "BEF ESP GRD ITL LUF PTE TPE",
        2003: "ADP",
        2004: "MGF",
        2005: "ROL TRL",
        2017: "BYR",
    },
    2: {
        1997: "GWP",
        2002: "ATS DEM FIM FRF IEP NLG",
        2003: "AFA BGL SRG YUM",
        2004: "RUR",
        2005: "AYM AZM",
        2006: "CSD MZM",
        2007: "SDD SIT",
        2008: "CYP GHC MTL VEB ZWD",
        2009: "SKK TMM ZWN ZWR",
        2011: "EEK",
        2012: "ZMK",
        2014: "LTL LVL USS",
        2017: "MRO STD",
        2018: "VEF",
        2021: "CUC",
        2023: "HRK SLL",
        2024: "ZWL",
    },
}
"""Decimals of the minor unit → year in which ISO withdrew the code → codes."""

YEARS_OF_GRACE = 1
"""Whole years after that of the withdrawal: tills and bookings follow late."""

_FOUND = [
    (code, decimals, year)
    for decimals, by_year in _WITHDRAWN.items()
    for year, codes in by_year.items()
    for code in codes.split()
]

PAST_DECIMALS: dict[str, int] = {code: decimals for code, decimals, _ in _FOUND}
"""Decimals of each currency of the past."""

LAST_YEARS: dict[str, int] = {code: year + YEARS_OF_GRACE for code, _, year in _FOUND}
"""The last year of UTC in which a payment in it may have been created."""


def refuse_past_currency(currency: str, created_at: datetime) -> None:
    """Raise ``ValueError`` when something was created after the last year of its currency."""
    last_year = LAST_YEARS.get(currency)
    if last_year is not None and created_at.year > last_year:
        raise ValueError(
            f"data.currency: {currency} is a currency of the past, for what was created until "
            f"{last_year}"
        )
