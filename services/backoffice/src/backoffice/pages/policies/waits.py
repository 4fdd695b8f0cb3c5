"""How long after a debit its retry follows: in words, as typed into the form, and in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from backoffice.words import Words, word

DAY_S = 24 * 3600
WAIT_S_MAX = 60 * DAY_S
WAITS_MAX = 10
"""As the service takes them."""
UNITS = {"days": DAY_S, "hours": 3600, "minutes": 60, "seconds": 1}
"""Seconds in each, the longest first."""
OFFERED = ("hours", "days")
"""What a form offers; another unit stands where a policy needs it already."""
FRESH = "days"
NAMES = {
    "days": word("days"),
    "hours": word("hours"),
    "minutes": word("minutes"),
    "seconds": word("seconds"),
}
IN_SHORT = {
    "days": word("+%(number)s d"),
    "hours": word("+%(number)s h"),
    "minutes": word("+%(number)s min"),
    "seconds": word("+%(number)s s"),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """One line of the form: a number as it was typed, and its unit."""

    number: str
    unit: str
    wrong: str = ""
    """In words."""

    @classmethod
    def of(cls, seconds: int) -> Self:
        """The longest unit that says it in a whole number; a single day is 24 hours."""
        unit = next(
            unit
            for unit, length in UNITS.items()
            if seconds % length == 0 and (unit != "days" or seconds > length)
        )
        return cls(str(seconds // UNITS[unit]), unit)

    @property
    def seconds(self) -> int:
        """What was typed, in seconds; 0 of what is no number."""
        typed = self.number.strip()
        is_number = typed.isascii() and typed.isdecimal() and len(typed) < len(str(WAIT_S_MAX)) + 1
        return int(typed) * UNITS[self.unit] if is_number else 0

    @property
    def choices(self) -> Sequence[str]:
        """Units that this line offers."""
        return OFFERED if self.unit in OFFERED else (self.unit, *OFFERED)

    def checked(self, words: Words) -> "Wait":
        """With what is wrong with it."""
        if not self.number.strip():
            return replace(self, wrong=words("Write how long, or remove this retry."))
        if self.seconds == 0:
            return replace(self, wrong=words("Write a whole number, 1 or more."))
        if self.seconds > WAIT_S_MAX:
            return replace(self, wrong=words("A retry follows within 60 days."))
        return self

    def named(self, words: Words) -> str:
        """``+24 h``; the unit stays with its number."""
        return words(IN_SHORT[self.unit], number=self.number).replace(" ", "\N{NO-BREAK SPACE}")


def line(delays_s: Sequence[int], words: Words) -> str:
    """All attempts of a policy: ``First attempt, then +24 h, +3 d, +7 d``."""
    waits = ", ".join(Wait.of(seconds).named(words) for seconds in delays_s)
    return words("First attempt, then %(waits)s", waits=waits)
