"""Fields that every contract shares: instants, ids, texts."""

import json
import sys
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from payops_contracts.fields import (
    RESERVED_IDS,
    Day,
    Identifier,
    Instant,
    KeptIdentifier,
    KeptInstant,
    Reference,
    Slug,
    Url,
    WholeNumber,
)

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
KEPT_INSTANT: TypeAdapter[datetime] = TypeAdapter(KeptInstant)
DAY: TypeAdapter[date] = TypeAdapter(Day)
WHOLE: TypeAdapter[int] = TypeAdapter(Annotated[int, WholeNumber(ge=0, le=10**15)])
KEPT_IDENTIFIER: TypeAdapter[str] = TypeAdapter(KeptIdentifier)
IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)
SLUG: TypeAdapter[str] = TypeAdapter(Slug)
URL: TypeAdapter[str] = TypeAdapter(Url)


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-30T09:22:31.123Z",
        "2025-10-30T09:22:31.123999Z",
        "2025-10-30T09:22:31.123999999Z",
        "2025-10-30T11:22:31.123+02:00",
        "2025-10-30T01:52:31.123-07:30",
        "2025-10-30t09:22:31.123z",
        "2025-10-30T09:22:31.123-00:00",
        "2025-10-30T09:22:31.1230000000000000001Z",
        "2025-10-31T08:22:31.123+23:00",
    ],
)
def test_an_instant_is_kept_in_utc_and_cut_to_the_millisecond(text: str) -> None:
    kept = INSTANT.validate_json(f'"{text}"')
    assert kept == datetime(2025, 10, 30, 9, 22, 31, 123_000, tzinfo=UTC)
    assert kept.tzinfo is UTC


@pytest.mark.parametrize("fraction", ["", ".5", ".25", ".12345678901234567890"])
def test_a_second_may_have_any_number_of_decimals(fraction: str) -> None:
    cut = round(float(f"0{fraction or '.0'}") * 1000 - 0.5 + 1e-9) if fraction else 0
    kept = INSTANT.validate_json(f'"2025-10-30T09:22:31{fraction}Z"')
    assert kept == datetime(2025, 10, 30, 9, 22, 31, cut * 1000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60Z", "2016-12-31T15:59:60.25-08:00"])
def test_a_leap_second_is_the_last_millisecond_of_its_day(text: str) -> None:
    last = datetime(2016, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert INSTANT.validate_json(f'"{text}"') == last


@pytest.mark.parametrize("text", ["2016-12-31T23:58:60Z", "2016-12-31T23:59:60+01:00"])
def test_second_60_anywhere_else_in_the_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="leap second"):
        INSTANT.validate_json(f'"{text}"')


NOT_RFC_3339 = [
    "2025-10-30T09:22:31",
    "2025-10-30",
    "2025-10-30T09:22Z",
    "2025-10-30T09Z",
    "2025-10-30 09:22:31Z",
    "2025-10-30_09:22:31Z",
    "20251030T092231Z",
    "2025-10-30T092231Z",
    "2025-W44-4T09:22:31Z",
    "2025-303T09:22:31Z",
    "2025-10-30T09:22:31,5Z",
    "2025-10-30T09:22:31.Z",
    "2025-10-30T09:22:31+0200",
    "2025-10-30T09:22:31+02",
    "2025-10-30T09:22:31+02:00:30",
    "2025-10-30T09:22:31+24:00",
    "2025-10-30T09:22:31+02:60",
    "2025-10-30T24:00:00Z",
    "2025-10-30T09:60:00Z",
    "2025-10-30T09:22:61Z",
    "+2025-10-30T09:22:31Z",
    " 2025-10-30T09:22:31Z",
    "2025-10-30T09:22:31Z ",
    "2025-10-30T09:22:31Z\n",
    "2025-10-30T09:22:31[Europe/Rome]",
    "\uff12025-10-30T09:22:31Z",
]


@pytest.mark.parametrize("text", NOT_RFC_3339)
def test_what_is_not_rfc_3339_is_refused_with_an_example(text: str) -> None:
    for adapter in (INSTANT, KEPT_INSTANT):
        with pytest.raises(ValidationError, match="as RFC 3339 has it, such as"):
            adapter.validate_json(to_json(text))
        with pytest.raises(ValidationError, match="as RFC 3339 has it, such as"):
            adapter.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:00:00+01:00",
        "2200-12-31T23:59:59.999Z",
        "2200-12-31T18:59:59-05:00",
    ],
)
def test_the_years_1970_to_2200_are_taken_to_their_ends(text: str) -> None:
    assert INSTANT.validate_json(f'"{text}"') == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "2201-01-01T00:00:00Z",
        "2200-12-31T23:59:59-05:00",
        "9999-12-31T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_an_instant_outside_those_years_of_utc_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="within the years 1970 to 2200"):
        INSTANT.validate_json(to_json(text))
    with pytest.raises(ValidationError, match="within the years 1970 to 2200"):
        INSTANT.validate_python(text)


def test_what_was_kept_from_before_may_lie_in_any_year() -> None:
    assert KEPT_INSTANT.validate_json('"9999-12-31T00:00:00Z"').year == 9999


def test_an_aware_datetime_of_our_own_is_taken_and_a_naive_one_is_not() -> None:
    at = datetime(2025, 10, 30, 9, 22, 31, 123_456, tzinfo=UTC)
    assert INSTANT.validate_python(at) == at.replace(microsecond=123_000)
    with pytest.raises(ValidationError, match="needs an offset"):
        INSTANT.validate_python(at.replace(tzinfo=None))


@pytest.mark.parametrize("text", ["1970-01-01", "2024-02-29", "2200-12-31"])
def test_a_day_is_a_full_date_of_rfc_3339(text: str) -> None:
    assert DAY.validate_json(f'"{text}"') == DAY.validate_python(text) == date.fromisoformat(text)


@pytest.mark.parametrize(
    "value",
    [
        *["9999-12-31", "1969-12-30", "2201-01-02", "2025-02-29", "20250101", "2025-W01-1"],
        *["2025-1-1", "2025-001", "2025-01-01T00:00:00Z", "2025-01-01\n", "", "1700000000"],
        *[1700000000, 0.0, None],
    ],
)
def test_anything_else_is_no_day(value: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_json(to_json(value))
    with pytest.raises(ValidationError):
        DAY.validate_python(value)


@pytest.mark.parametrize("raw", ["1000", "1000.0", "1e3", "1E+3", "100000e-2", "1000.000"])
def test_a_whole_number_is_what_json_schema_calls_an_integer(raw: str) -> None:
    assert WHOLE.validate_json(raw) == 1000
    kept = WHOLE.validate_python(json.loads(raw))
    assert kept == 1000
    assert type(kept) is int


@pytest.mark.parametrize(
    "raw", ["1000.5", "1e-1", "true", '"1000"', "null", "[]", "NaN", "Infinity", "-Infinity"]
)
def test_anything_else_is_no_whole_number(raw: str) -> None:
    with pytest.raises(ValidationError, match="whole number"):
        WHOLE.validate_json(raw)
    with pytest.raises(ValidationError, match="whole number"):
        WHOLE.validate_python(json.loads(raw))


@pytest.mark.parametrize("raw", ["1e16", "1e400", "9007199254740992.0", str(10**30), "-1e300"])
def test_a_number_too_large_to_be_exact_is_refused_and_never_rounded(raw: str) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        '"1700000000"',
        "1700000000",
        "1700000000.5",
        "true",
        "null",
        "[]",
        "{}",
        '""',
        '"yesterday"',
        '"2025-13-01T00:00:00Z"',
        '"2025-02-30T00:00:00Z"',
        '"2025-10-30T25:00:00Z"',
        '"10000-01-01T00:00:00Z"',
    ],
)
def test_what_is_not_an_instant_is_refused_rather_than_guessed(raw: str) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_json(raw)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_calendar_is_refused_like_any_other_wrong_value(text: str) -> None:
    with pytest.raises(ValidationError, match="between the years 1 and 9999"):
        KEPT_INSTANT.validate_json(f'"{text}"')


@given(st.text(max_size=60))
def test_no_text_makes_an_instant_raise_anything_but_a_validation_error(text: str) -> None:
    try:
        kept = INSTANT.validate_python(text)
    except ValidationError:
        return
    assert kept.tzinfo is UTC


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 3),  # noqa: DTZ001 - hypothesis takes naive bounds
        max_value=datetime(2200, 12, 29),  # noqa: DTZ001
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda it: timezone(timedelta(minutes=it))),
    )
)
def test_an_instant_reads_the_same_after_it_was_written_again(moment: datetime) -> None:
    once = INSTANT.validate_json(to_json(moment.isoformat()))
    again = INSTANT.validate_json(INSTANT.dump_json(once))
    assert once == again
    assert timedelta() <= moment - once < timedelta(milliseconds=1)


@pytest.mark.parametrize("word", sorted(RESERVED_IDS))
def test_a_route_word_cannot_be_an_id(word: str) -> None:
    with pytest.raises(ValidationError, match="reserved word"):
        IDENTIFIER.validate_json(f'"{word}"')


@pytest.mark.parametrize("text", ["ORD-1", "2025/0001", "Ünïcode №5", "a b", "export-1", "x" * 128])
def test_an_id_may_be_whatever_else_a_merchant_writes(text: str) -> None:
    assert IDENTIFIER.validate_python(text) == text


@pytest.mark.parametrize("text", ["", "x" * 129, "a\nb", "a\n", "\x00", "a\x7f", "a\x85"])
def test_ids_and_words_have_a_length_and_no_control_characters(text: str) -> None:
    for adapter in (IDENTIFIER, REFERENCE, SLUG):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


UNSEEN = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"}
]


def test_no_id_holds_a_character_that_nobody_sees() -> None:
    """Controls, format and direction characters."""
    for character in UNSEEN:
        for adapter in (IDENTIFIER, REFERENCE, SLUG):
            with pytest.raises(ValidationError):
                adapter.validate_python(f"ORD{character}1")


@pytest.mark.parametrize("blank", ["", " ", "   ", "\u00a0", "\u3000 \u2003", "\u2800", "\u3164"])
def test_no_id_is_blank(blank: str) -> None:
    for adapter in (IDENTIFIER, REFERENCE, SLUG):
        with pytest.raises(ValidationError):
            adapter.validate_python(blank)
        assert adapter.validate_python(f"{blank}1{blank}")


@given(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn"]))
def test_an_id_holds_any_other_character(character: str) -> None:
    assert IDENTIFIER.validate_python(f"ORD{character}1") == f"ORD{character}1"


def test_an_id_that_was_kept_from_before_may_hold_them() -> None:
    assert KEPT_IDENTIFIER.validate_python("ORD\u200b1") == "ORD\u200b1"


def test_a_route_word_is_fine_as_an_id_of_somebody_elses() -> None:
    assert REFERENCE.validate_python("export") == "export"


@pytest.mark.parametrize("text", ["javascript:alert(1)", "//pay.example", "data:text/html,x", ""])
def test_a_link_is_a_web_address(text: str) -> None:
    assert URL.validate_python("HTTPS://pay.example/l/1") == "HTTPS://pay.example/l/1"
    with pytest.raises(ValidationError):
        URL.validate_python(text)
