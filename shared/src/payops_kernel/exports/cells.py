"""Stored values as texts: exact, and harmless in a spreadsheet."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from payops_contracts.money import CURRENCY_DECIMALS
from payops_contracts.unseen import BLANK, UNSEEN, characters
from payops_kernel.zones import Zone

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\N{MINUS SIGN}"
"""What a formula begins with; full-width and small forms are taken for it in some languages."""
LIST_SEPARATOR = ", "
LINE_END = "\r\n"
_DIVIDERS = ',;\t|"\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029'
"""What a program may end a cell or a line at, whichever delimiter the file has."""
_UNSEEN = (
    "".join(sorted(set(characters(UNSEEN + BLANK)) - set(_DIVIDERS))) + "\U000e0000-\U000e0fff"
)
"""Blanks and what nobody sees, which a spreadsheet may drop before it looks; no divider."""

_DIVIDED = re.compile(f"[{_DIVIDERS}]").search
# A sign counts behind quotes too: so `plain` knows those that `neutral` has put from all others.
_SIGN_NEXT = f"(?='*[{_UNSEEN}]*[{re.escape(SIGNS)}])"
_START_NEXT = f"(?='*[{_UNSEEN}]*[{re.escape(SIGNS)}\t\r\n\0])"
_EXPOSED = re.compile(rf"\A{_START_NEXT}|[{_DIVIDERS}]{_SIGN_NEXT}")
_COVERED = re.compile(rf"(\A)'{_START_NEXT}|([{_DIVIDERS}])'{_SIGN_NEXT}")


def neutral(text: str) -> str:
    """The text, with a quote wherever a spreadsheet might begin to run it.

    Before the whole text, and behind every delimiter, quote and line break in it: a spreadsheet
    may divide cells where the file did not mean it.
    """
    if not text or (text[0].isalnum() and not _DIVIDED(text)):
        return text
    return _EXPOSED.sub(r"\g<0>'", text)


def plain(text: str) -> str:
    """The text that :func:`neutral` was given."""
    return _COVERED.sub(r"\1\2", text) if "'" in text else text


def csv_text(text: str, delimiter: str = ",") -> str:
    """A harmless cell of a CSV, in quotes when anything in it could divide cells or lines.

    ``delimiter`` is the file's own, when it is none of those that are common.
    """
    if _DIVIDED(text) or delimiter in text:
        doubled = _EXPOSED.sub(r"\g<0>'", text).replace('"', '""')
        return f'"{doubled}"'
    return text if text[:1].isalnum() else neutral(text)


def csv_line(cells: Sequence[str], delimiter: str) -> str:
    """A line of texts that :func:`csv_text` made, with its end."""
    # An empty line would be none at all.
    return (delimiter.join(cells) or '""') + LINE_END


def decimal_text(amount_minor: int, currency: str) -> str:
    """Minor units as a plain decimal, exactly: ``-12.30``, ``500``, ``1.250``."""
    decimals = CURRENCY_DECIMALS[currency]
    if decimals == 0:
        return str(amount_minor)
    digits = str(abs(amount_minor)).rjust(decimals + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def instant_text(instant: datetime) -> str:
    """An aware UTC instant as ISO 8601 with milliseconds and ``Z``."""
    # By its fields: isoformat asks the zone for its offset, at thrice the cost.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (  # noqa: UP031 - faster than an f-string
        instant.year,
        instant.month,
        instant.day,
        instant.hour,
        instant.minute,
        instant.second,
        instant.microsecond // 1000,
    )


def local_text(instant: datetime, zone: Zone) -> str:
    """The wall clock of a zone at an aware UTC instant as ISO 8601, with its offset."""
    if zone.is_utc:
        return instant_text(instant)
    try:
        return zone.local(instant).isoformat(timespec="milliseconds")
    except OverflowError:  # its day there is in no calendar, and in UTC it is
        return instant_text(instant)


def list_text(values: list[Any]) -> str:
    """Several texts in one cell."""
    return LIST_SEPARATOR.join(map(str, values))
