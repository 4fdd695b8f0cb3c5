"""Cursors are opaque, signed and bound to their list."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.http.cursors import Cursor, CursorCodec, CursorRefused, scope_of

CODEC = CursorCodec("a key")
SCOPE = scope_of("transactions", {"status": ["PAID"]}, "-created_at")

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(),
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)).map(  # noqa: DTZ001
        lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
    ),
)


@given(st.lists(VALUES, min_size=1, max_size=4), st.booleans(), st.integers(1, 10**9))
def test_a_cursor_comes_back_as_it_was_given(
    values: list[Any], backward: bool, number: int
) -> None:
    cursor = Cursor(SCOPE, backward, tuple(values), number)
    assert CODEC.decode(CODEC.encode(cursor), SCOPE) == cursor


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_cursor_with_any_bit_changed_is_refused(position: int, bit: int) -> None:
    text = CODEC.encode(Cursor(SCOPE, False, ("a", 1), 5))
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[position % len(raw)] ^= 1 << bit
    changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(CursorRefused, match="not a cursor"):
        CODEC.decode(changed, SCOPE)


@pytest.mark.parametrize("text", ["", "a", "!!!", "ü", "x" * 5000, "AAAA"])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorRefused):
        CODEC.decode(text, SCOPE)


def test_a_cursor_of_another_key_is_refused() -> None:
    text = CursorCodec("another key").encode(Cursor(SCOPE, False, ("a",), 1))
    with pytest.raises(CursorRefused):
        CODEC.decode(text, SCOPE)


@pytest.mark.parametrize(
    "other",
    [
        scope_of("charges", {"status": ["PAID"]}, "-created_at"),
        scope_of("transactions", {"status": ["FAILED"]}, "-created_at"),
        scope_of("transactions", {"status": ["PAID"]}, "created_at"),
    ],
)
def test_a_cursor_of_another_list_filter_or_order_is_refused_and_says_so(other: str) -> None:
    text = CODEC.encode(Cursor(SCOPE, False, ("a",), 1))
    with pytest.raises(CursorRefused, match="other filters or another order"):
        CODEC.decode(text, other)


def test_scopes_do_not_depend_on_the_order_of_the_filters() -> None:
    assert scope_of("t", {"a": 1, "b": 2}, "x") == scope_of("t", {"b": 2, "a": 1}, "x")


def test_instants_of_any_offset_mean_the_same_millisecond() -> None:
    local = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    text = CODEC.encode(Cursor(SCOPE, False, (local,), 1))
    assert CODEC.decode(text, SCOPE).values == (datetime(2026, 1, 1, tzinfo=UTC),)


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), b"bytes", ["list"]])  # noqa: DTZ001
def test_a_value_that_nothing_is_ordered_by_is_a_defect(value: Any) -> None:
    with pytest.raises(TypeError):
        CODEC.encode(Cursor(SCOPE, False, (value,), 1))
