"""Money on the wire: integer minor units and an ISO 4217 currency; floats never touch it."""

from typing import Annotated, NamedTuple

from pydantic import GetPydanticSchema
from pydantic_core.core_schema import literal_schema

from payops_contracts.fields import EXACT_FLOAT_MAX, WholeNumber
from payops_contracts.past_currencies import PAST_DECIMALS

MAX_AMOUNT_MINOR = 10**12
"""Largest single amount that is accepted, in minor units."""

MAX_SUM_MINOR = EXACT_FLOAT_MAX
"""Largest sum of a payment's amounts: wide enough for all that its history can hold (1,000 facts),
and exact for readers that know floats only."""

# ISO 4217, by the number of decimals of the minor unit. A code that falls out of use stays: old
# payments keep it.
_CODES: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP "
        "BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
        "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD "
        "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED "
        "VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCY_DECIMALS: dict[str, int] = {
    code: decimals for decimals, codes in _CODES.items() for code in codes.split()
} | PAST_DECIMALS
"""Decimals of each ISO 4217 currency that may be paid in, those of the past included."""

AmountMinor = Annotated[int, WholeNumber(ge=0, le=MAX_AMOUNT_MINOR)]
"""An amount in minor units, zero or more."""

PositiveAmountMinor = Annotated[int, WholeNumber(ge=1, le=MAX_AMOUNT_MINOR)]
"""An amount in minor units, more than zero."""

SignedAmountMinor = Annotated[int, WholeNumber(ge=-MAX_AMOUNT_MINOR, le=MAX_AMOUNT_MINOR)]
"""A part of an amount, in minor units; what it takes away is below zero."""

SumMinor = Annotated[int, WholeNumber(ge=0, le=MAX_SUM_MINOR)]
"""What amounts add up to, and any amount in a domain event: wider than what upstream may say."""

PositiveSumMinor = Annotated[int, WholeNumber(ge=1, le=MAX_SUM_MINOR)]
SignedSumMinor = Annotated[int, WholeNumber(ge=-MAX_SUM_MINOR, le=MAX_SUM_MINOR)]

Currency = Annotated[
    str, GetPydanticSchema(lambda _source, _handler: literal_schema(sorted(CURRENCY_DECIMALS)))
]
"""An ISO 4217 code out of :data:`CURRENCY_DECIMALS`; a growing list of words, not a pattern."""


_MAX_DIGITS = 32
"""Longest whole part that is turned into a number; Python refuses thousands of digits."""

_SYMBOLS = {"USD": "US$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹"}
_WRITTEN = {
    currency: (_SYMBOLS.get(currency, f"{currency} "), decimals, 10**decimals)
    for currency, decimals in CURRENCY_DECIMALS.items()
}
"""How amounts in a currency begin, and their minor unit."""


def format_money(amount_minor: int, currency: str, language: str = "en") -> str:
    """The amount as pages show it: ``US$3.23``, ``-€1,000.00``, ``¥500``, ``KWD 1.250``.

    In Italian ``3,23 US$``, ``-1.000,00 €``, ``1,250 KWD``.
    """
    symbol, decimals, unit = _WRITTEN[currency]
    whole, fraction = divmod(abs(amount_minor), unit)
    sign = "-" if amount_minor < 0 else ""
    if language == "it":
        digits = f"{whole:,}".replace(",", ".") + (f",{fraction:0{decimals}d}" if decimals else "")
        return f"{sign}{digits}\N{NO-BREAK SPACE}{symbol.strip()}"
    if not decimals:
        return f"{sign}{symbol}{whole:,}"
    return f"{sign}{symbol}{whole:,}.{fraction:0{decimals}d}"


class Money(NamedTuple):
    """An amount of a currency: integer minor units, and an ISO 4217 code."""

    amount_minor: int
    currency: str

    def __str__(self) -> str:
        """As pages show it."""
        return format_money(*self)


def parse_money(text: str, currency: str) -> int:
    """Minor units of a plain decimal text such as ``12.50``.

    Raises ``ValueError`` with a sentence for anything else: signs other than a leading minus,
    separators of thousands, exponents, more decimals than the currency has.
    """
    decimals = CURRENCY_DECIMALS.get(currency)
    if decimals is None:
        raise ValueError(f"'{currency}' is not an ISO 4217 currency")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, dot, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (
        dot and not (fraction.isascii() and fraction.isdigit())
    ):
        raise ValueError(f"'{text[:40]}' is not an amount such as 12.50")
    if len(whole) > _MAX_DIGITS:
        raise ValueError(
            f"'{text[:40]}' is over the largest amount, {MAX_AMOUNT_MINOR} minor units"
        )
    if len(fraction) > decimals:
        raise ValueError(f"'{text[:40]}' has more decimals than {currency} ({decimals})")
    amount: int = int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    if amount > MAX_AMOUNT_MINOR:
        raise ValueError(
            f"'{text[:40]}' is over the largest amount, {MAX_AMOUNT_MINOR} minor units"
        )
    return sign * amount
