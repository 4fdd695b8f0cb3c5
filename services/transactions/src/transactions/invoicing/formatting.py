"""Money, numbers and dates as a locale writes them; the decimals are the currency's own."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol, parse_pattern

from payops_contracts.money import CURRENCY_DECIMALS, Money


class Formats:
    """Writes values for one locale and zone; raises ``ValueError`` for a locale nobody knows."""

    def __init__(self, locale: str, zone: str) -> None:
        try:
            self.locale = Locale.parse(locale.replace("-", "_"))
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError(f"'{locale}' is not a locale such as en-GB") from error
        self._zone = ZoneInfo(zone)

    @property
    def language(self) -> str:
        """The locale's language, such as ``en``."""
        return self.locale.language

    def money(self, money: Money) -> str:
        """With the currency's sign: ``$3.23``, ``1.000,00 €``, ``¥500``, ``KWD 1.250``."""
        shape = str(self.locale.currency_formats["standard"].pattern)
        sign = get_currency_symbol(money.currency, locale=self.locale)
        if sign[-1].isalpha():  # CLDR's spacing of currencies: letters stand apart from digits
            shape = shape.replace("¤#", "¤\N{NO-BREAK SPACE}#")
        return self._written(*money, shape)

    def amount(self, amount_minor: int, currency: str) -> str:
        """Without a sign of the currency, for columns: ``1,000.00``."""
        return self._written(amount_minor, currency, "#,##0.00")

    def count(self, number: int) -> str:
        """A whole number."""
        return format_decimal(number, locale=self.locale)

    def date(self, at: datetime) -> str:
        """The day in the zone: ``Mar 1, 2026``."""
        return format_date(at.astimezone(self._zone).date(), format="medium", locale=self.locale)

    def _written(self, amount_minor: int, currency: str, shape: str) -> str:
        decimals = CURRENCY_DECIMALS[currency]
        pattern = parse_pattern(shape)
        # Not CLDR's idea of the decimals: what was charged is counted in ISO 4217's minor units.
        pattern.frac_prec = (decimals, decimals)
        exact = Decimal(amount_minor).scaleb(-decimals)
        return str(pattern.apply(exact, self.locale, currency=currency, currency_digits=False))
