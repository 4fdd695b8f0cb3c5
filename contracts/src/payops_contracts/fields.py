"""Field types that every contract shares: numbers, instants, ids, texts, each with its limit.

Upstream events use the plain names. Domain events use the ``Kept`` ones, which are as wide as any
revision of the contract ever was: stored payments and the log keep what was once taken, and what
is published about them must stay readable for good.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError
from pydantic_core import core_schema as cs

from payops_contracts.unseen import BLANK, UNSEEN, Spans

RESERVED_IDS = frozenset(
    {"export", "bulk-refunds", "bulk-invoices", "previews", "upcoming", ".", ".."}
)
"""Words that are routes, and the path segments that every URL parser removes."""

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""The years, of UTC, in which something may have happened."""

EXACT_FLOAT_MAX = 2**53 - 1
"""Up to here every whole number is written exactly by those who know floats only (JavaScript)."""


def _whole(value: float) -> int:
    if not value.is_integer() or abs(value) > EXACT_FLOAT_MAX:
        raise PydanticCustomError("whole_number", "{value} is not a whole number", {"value": value})
    return int(value)


WHOLE = cs.union_schema(
    [
        cs.int_schema(strict=True),
        cs.no_info_after_validator_function(_whole, cs.float_schema(strict=True)),
    ],
    mode="left_to_right",
    custom_error_type="whole_number",
    custom_error_message="a whole number is wanted, such as 1000",
)
"""What JSON Schema calls an integer: ``1000``, and ``1000.0`` or ``1e3`` too; never a text."""


@dataclass(frozen=True)
class WholeNumber:
    """Annotates an ``int``: a whole number however JSON writes it, within limits.

    ``Annotated[int, WholeNumber(ge=1)]``. Booleans, texts, fractions, NaN and infinities are
    refused.
    """

    ge: int | None = None
    le: int | None = None

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return cs.chain_schema([WHOLE, cs.int_schema(strict=True, ge=self.ge, le=self.le)])

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> Any:
        limits = {"maximum": self.le, "minimum": self.ge}
        kept = {name: limit for name, limit in limits.items() if limit is not None}
        return {**kept, "type": "integer"}


_YEARS = "^(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2}|2200)"
_MONTH_AND_DAY = "-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_SHAPE = (
    f"{_MONTH_AND_DAY}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?"
    "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
_ANY_YEAR = "^[0-9]{4}" + _SHAPE
INSTANT_PATTERN = _YEARS + _SHAPE
"""RFC 3339, as JSON Schema's ``date-time`` has it, in the years that are taken."""

_WORDS = "an instant is written as RFC 3339 has it, such as 2025-10-30T09:22:31.123Z, "
_WITHIN = f"and lies within the years {FIRST_YEAR} to {LAST_YEAR}"


def _refused(detail: str) -> PydanticCustomError:
    return PydanticCustomError("instant", "{detail}", {"detail": detail})


def _reader(limited: bool) -> Callable[[str], datetime]:
    """Text of RFC 3339's shape → instant in UTC to the millisecond."""

    def read(text: str) -> datetime:
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:  # lower case, a leap second, or no instant at all
            parsed = _read(text)
        else:
            if parsed.tzinfo is UTC and not parsed.microsecond % 1000:
                return parsed  # as nearly everybody writes it
            parsed = _in_utc(parsed)
        return _limited(parsed) if limited else parsed

    return read


def _read(text: str) -> datetime:
    leap = text[17] == "6"
    if leap:
        text = f"{text[:17]}59{text[19:]}"
    parsed = _in_utc(datetime.fromisoformat(text.upper()))
    if leap:
        if (parsed.hour, parsed.minute) != (23, 59):
            raise _refused("second 60 is a leap second, and those end a day of UTC")
        # Our clocks have no second 60: it is the last millisecond of its day, in its order.
        return parsed.replace(microsecond=999_000)
    return parsed


def _in_utc(parsed: datetime) -> datetime:
    if parsed.tzinfo is not UTC:
        if parsed.utcoffset() is None:
            raise _refused("an instant needs an offset, such as Z or +02:00")
        try:
            parsed = parsed.astimezone(UTC)
        except OverflowError:
            raise _refused("an instant lies between the years 1 and 9999 of UTC") from None
    # Stores keep milliseconds; cutting here makes the first event and every later one say the same.
    excess = parsed.microsecond % 1000
    return parsed.replace(microsecond=parsed.microsecond - excess) if excess else parsed


@dataclass(frozen=True)
class _InstantRule:
    """Annotates a ``datetime``. The shape is matched outside Python: 0.1 µs an instant."""

    pattern: str
    limited: bool

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = cs.custom_error_schema(
            cs.str_schema(pattern=self.pattern, strict=True),
            custom_error_type="instant",
            custom_error_message=self._words,
        )
        read = cs.no_info_plain_validator_function(_reader(self.limited))
        return cs.json_or_python_schema(
            json_schema=cs.chain_schema([text, read]),
            python_schema=cs.no_info_plain_validator_function(self._given),
        )

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> Any:
        pattern = {"pattern": self.pattern} if self.limited else {}
        return {"format": "date-time", **pattern, "type": "string"}

    @property
    def _words(self) -> str:
        return _WORDS + (_WITHIN if self.limited else "with its offset")

    def _given(self, value: object) -> datetime:
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            return _reader(self.limited)(value)
        if not isinstance(value, datetime):
            raise _refused(self._words)
        return _limited(_in_utc(value)) if self.limited else _in_utc(value)


def _limited(parsed: datetime) -> datetime:
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise _refused(f"an instant lies within the years {FIRST_YEAR} to {LAST_YEAR} of UTC")
    return parsed


Instant = Annotated[datetime, _InstantRule(INSTANT_PATTERN, limited=True)]
"""An RFC 3339 instant with an offset, kept in UTC to the millisecond; within 1970 to 2200."""

KeptInstant = Annotated[datetime, _InstantRule(_ANY_YEAR, limited=False)]
"""An RFC 3339 instant of any year, as domain events may carry it."""


FIRST_DAY, LAST_DAY = date(FIRST_YEAR - 1, 12, 31), date(LAST_YEAR + 1, 1, 1)
"""Days of any zone in which an instant of those years may lie."""

DAY_PATTERN = f"{_YEARS}{_MONTH_AND_DAY}$|^1969-12-31$|^2201-01-01$"


def _day(value: object) -> object:
    # pydantic alone would take a number for seconds since 1970, and an instant at midnight.
    if isinstance(value, str) and re.fullmatch(DAY_PATTERN, value):
        return value
    if type(value) is date and FIRST_DAY <= value <= LAST_DAY:
        return value
    raise _refused(f"a day is written YYYY-MM-DD {_WITHIN}")


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"format": "date", "pattern": DAY_PATTERN, "type": "string"}),
]
"""A calendar date, RFC 3339's ``full-date``, in which an instant of 1970 to 2200 may lie."""


def _not_reserved(value: str) -> str:
    if value in RESERVED_IDS:
        raise ValueError(f"'{value}' is a reserved word and cannot be an id")
    return value


NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]+$"
"""At least one character, none a control character: what CloudEvents asks of its texts."""


def _in_pattern(low: int, high: int) -> str:
    # ECMA 262 (with its flag u, as JSON Schema wants it), Python and Rust agree on these forms.
    first, last = (chr(it) if it > 0xFFFF else f"\\u{it:04x}" for it in (low, high))
    return first if low == high else f"{first}-{last}"


def _spans(spans: Spans) -> str:
    return "".join(_in_pattern(*span) for span in spans)


NOT_BLANK = f"[^{_spans(UNSEEN + BLANK)}]"
"""Pattern of a text that is not blank: one character at least that anybody sees."""

_ANY = f"[^{_spans(UNSEEN)}]"
SEEN = f"^{_ANY}*{NOT_BLANK}{_ANY}*$"
"""No character that nobody sees, and one at least that is no blank: an id is what it looks like."""


PATH_LEVELS_MAX = 8
_OF_A_KEY, _SEEN_OF_A_KEY = (f"[^/{_spans(spans)}]" for spans in (UNSEEN, UNSEEN + BLANK))
_KEY = f"{_OF_A_KEY}*{_SEEN_OF_A_KEY}{_OF_A_KEY}*"
PATH = f"^{_KEY}(/{_KEY}){{0,{PATH_LEVELS_MAX - 1}}}$"
"""Keys with one slash between two, such as ``basket/quantity``, each to be seen as ``SEEN`` is."""

_PLAINLY = {
    SEEN: "it is empty or holds a character that nobody sees (control, format, direction)",
    PATH: f"a path is at most {PATH_LEVELS_MAX} keys that are seen, with one slash between two",
}


def said_plainly(error: ErrorDetails) -> str:
    """What is wrong in words for people: an error's message, without a pattern that says nothing.

    ``error`` comes from ``ValidationError.errors()`` with its context.
    """
    if error["type"] == "string_pattern_mismatch" and error["ctx"]["pattern"] in _PLAINLY:
        return _PLAINLY[error["ctx"]["pattern"]]
    return error["msg"].removeprefix("Value error, ")


Reference = Annotated[str, Field(max_length=128, pattern=SEEN)]
"""An id that somebody else gave; it stands in no path of ours."""

KeptReference = Annotated[str, Field(max_length=128, pattern=NO_CONTROL)]

_RESERVED: Any = {"not": {"enum": sorted(RESERVED_IDS)}}

ID = TypeVar("ID", bound=str)

IdentifierOf = Annotated[
    ID,
    Field(max_length=128, pattern=SEEN, json_schema_extra=_RESERVED),
    AfterValidator(_not_reserved),
]
"""An id that people see and that stands in a path, of one of the types in ``ids.py``."""
Identifier = IdentifierOf[str]

KeptIdentifierOf = Annotated[
    ID,
    Field(max_length=128, pattern=NO_CONTROL, json_schema_extra=_RESERVED),
    AfterValidator(_not_reserved),
]
KeptIdentifier = KeptIdentifierOf[str]

Slug = Annotated[str, Field(max_length=64, pattern=SEEN)]
"""A short word of a vocabulary that may grow: provider, method, channel."""

KeptSlug = Annotated[str, Field(max_length=64, pattern=NO_CONTROL)]

CycleCode = Annotated[
    str, Field(pattern="^(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2}|2200)(0[1-9]|1[0-2])01$")
]
"""A billing cycle by its first of the month, ``YYYYMM01``, such as ``20251001``."""

Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=2000)]
LineText = Annotated[str, Field(max_length=200)]
"""What stands on one line of an invoice."""
Url = Annotated[str, Field(max_length=2000, pattern="^[Hh][Tt][Tt][Pp][Ss]?://")]
"""A web address; anything else (``javascript:``) has no place in a link that people click."""
