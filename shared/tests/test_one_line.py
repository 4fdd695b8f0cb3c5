"""Text from outside, as one line of what can be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.one_line import one_line

LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
UNSEEN = "\x00\x1b\x7f\xad\u061c\u200b\u200e\u202e\u2060\u2066\u2069\ufeff\U000e0041\u3164\u115f"


@pytest.mark.parametrize("between", LINE_BREAKS)
def test_a_break_of_whatever_kind_is_one_space(between: str) -> None:
    assert one_line(f"{between}Ann{between} {between}Lee{between}") == "Ann Lee"


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_cannot_be_seen_is_left_out(unseen: str) -> None:
    assert one_line(f"{unseen}A{unseen}nn{unseen} {unseen} Lee") == "Ann Lee"
    assert one_line(unseen * 3) == ""


@pytest.mark.parametrize(
    "name",
    ["Ada Byron", "山田\u3000太郎".replace("\u3000", " "), "Ññ O'Neil-é", "\u0646\u200c\u0645"],
)
def test_a_name_that_is_one_line_stays_the_same_text(name: str) -> None:
    assert one_line(name) == name


def test_joiners_stay_where_they_join_and_nowhere_else() -> None:
    sinhala = "\u0dc1\u0dca\u200d\u0dbb\u0dd3"
    assert one_line(f"\u200d{sinhala}\u200c \u200d Lee") == f"{sinhala} Lee"


@given(st.text())
def test_any_text_becomes_one_line_and_stays_so(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert "  " not in line
    assert one_line(line) == line
    controls = {c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert controls <= {"\u200c", "\u200d"}
