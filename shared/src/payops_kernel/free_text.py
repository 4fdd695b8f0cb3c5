"""What people type: not blank, bounded, and never a card number."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from payops_contracts.fields import NOT_BLANK

TEXT_CHARACTERS_MAX = 500

# Digits that may stand apart by single spaces or hyphens, as cards are written.
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


def holds_card_number(text: str) -> bool:
    """Whether a text holds a 13 to 19 digit number that passes the Luhn check."""
    return any(_luhn(re.sub("[ -]", "", found.group())) for found in _LONG_NUMBER.finditer(text))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _refuse_card_numbers(text: str) -> str:
    if holds_card_number(text):
        raise ValueError("the text holds what looks like a card number; leave it out")
    return text


FreeText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX, pattern=NOT_BLANK),
    AfterValidator(_refuse_card_numbers),
    AfterValidator(str.strip),
]
"""A reason, a comment: 1 to 500 characters without a card number."""
