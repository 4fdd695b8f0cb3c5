"""Fields that every contract shares: instants, ids, texts."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from payops_contracts.fields import RESERVED_IDS, Identifier, Instant, Reference, Slug, Url

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
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
        "2025-10-30 09:22:31.123Z",
    ],
)
def test_an_instant_is_kept_in_utc_and_cut_to_the_millisecond(text: str) -> None:
    kept = INSTANT.validate_json(f'"{text}"')
    assert kept == datetime(2025, 10, 30, 9, 22, 31, 123_000, tzinfo=UTC)
    assert kept.tzinfo is UTC


@pytest.mark.parametrize("text", ["2025-10-30T09:22:31", "2025-10-30", "2025-10-30T09:22"])
def test_a_naive_instant_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="needs an offset"):
        INSTANT.validate_json(f'"{text}"')


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
        INSTANT.validate_json(f'"{text}"')


@given(st.text(max_size=60))
def test_no_text_makes_an_instant_raise_anything_but_a_validation_error(text: str) -> None:
    try:
        kept = INSTANT.validate_python(text)
    except ValidationError:
        return
    assert kept.tzinfo is UTC


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis takes naive bounds
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001
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


def test_a_route_word_is_fine_as_an_id_of_somebody_elses() -> None:
    assert REFERENCE.validate_python("export") == "export"


@pytest.mark.parametrize("text", ["javascript:alert(1)", "//pay.example", "data:text/html,x", ""])
def test_a_link_is_a_web_address(text: str) -> None:
    assert URL.validate_python("HTTPS://pay.example/l/1") == "HTTPS://pay.example/l/1"
    with pytest.raises(ValidationError):
        URL.validate_python(text)
