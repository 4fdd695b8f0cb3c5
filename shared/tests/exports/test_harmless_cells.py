"""Nothing in a file is a formula, wherever a spreadsheet divides it, and no text is lost."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_kernel.exports.cells import csv_line, csv_text, neutral, plain
from payops_kernel.exports.columns import Kind, stored
from payops_kernel.exports.csv_writer import CsvWriter
from payops_kernel.exports.writers import CsvStyle, Delimiter
from payops_testing.kernel.export_builders import CSV, a_row, whole

SIGN = "=+-@＝＋－＠﹦﹢﹣﹫−"  # noqa: RUF001 - the forms that are meant
UNSEEN = " \xa0\u200b\u2060\ufeff\u3000\xad\x01\x1f\u202e\ufe0f"
DIVIDERS = ',;\t|"\r\n\v\f\x1c\x85\u2028'
NAME = stored("user_name", "User name", Kind.TEXT, "user.name")
STATUS = stored("status", "Status", Kind.TEXT)
unkind = st.text(st.sampled_from(SIGN + UNSEEN + DIVIDERS + "'ab1"), max_size=12)


def pieces(text: str) -> list[str]:
    """What a spreadsheet may make cells of."""
    return re.split(f"[{DIVIDERS}]", text)


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("Ann;=1+1", "Ann;'=1+1"),
        ("Ann, +39 06", "Ann,' +39 06"),
        ("Ann\t=1", "Ann\t'=1"),
        ("Ann|@x", "Ann|'@x"),
        ("Ann\n-1", "Ann\n'-1"),
        ('Ann;"=1+1"', 'Ann;"\'=1+1"'),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001
        ("Ann;＠x", "Ann;'＠x"),  # noqa: RUF001
        ("\u200b =1", "'\u200b =1"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=1", "''=1"),
    ],
)
def test_what_could_be_a_formula_has_a_quote_before_it(text: str, harmless: str) -> None:
    assert neutral(text) == harmless
    assert plain(harmless) == text


@pytest.mark.parametrize(
    "text",
    ["", "Ann", "O'Brien", "a=b", "a-b@c.d", "Ann; Bob", '5" screen', "'tis", "A & B"],
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert neutral(text) == plain(text) == text


@given(unkind | st.text(max_size=20))
def test_no_piece_of_a_text_begins_with_a_sign_and_the_text_can_be_had_back(text: str) -> None:
    harmless = neutral(text)
    assert plain(harmless) == text
    assert not any(piece.lstrip(UNSEEN)[:1] in set(SIGN) for piece in pieces(harmless))


@given(unkind, st.sampled_from(Delimiter))
def test_a_cell_is_one_cell_to_a_reader_of_any_delimiter(text: str, delimiter: Delimiter) -> None:
    row = a_row(user={"name": text}, status="PAID")
    # The cell begins its line: elsewhere a reader of another delimiter sees it behind the others.
    data = whole(CsvWriter((NAME, STATUS), CsvStyle(delimiter)), [row]).decode()
    line = data.removeprefix(f"User name{delimiter.character}Status\r\n")
    for other in ",;\t|":
        read = next(csv.reader(io.StringIO(line, newline=""), delimiter=other))
        assert read[0].removesuffix(f"{delimiter.character}PAID") == neutral(text)


@pytest.mark.parametrize("text", ["a,b", "a;b", "a\tb", "a|b", 'a"b', "a\rb", "a\nb", "a\u2028b"])
@pytest.mark.parametrize("delimiter", Delimiter)
def test_a_cell_with_any_delimiter_quote_or_line_break_is_quoted(
    text: str, delimiter: Delimiter
) -> None:
    data = whole(CsvWriter((NAME,), CsvStyle(delimiter)), [a_row(user={"name": text})])
    doubled = text.replace('"', '""')
    assert data.decode() == f'User name\r\n"{doubled}"\r\n'


def test_a_delimiter_of_ones_own_divides_no_cell() -> None:
    assert csv_line([csv_text("a:b", ":"), csv_text("c", ":")], ":") == '"a:b":c\r\n'


def test_a_row_of_one_empty_cell_is_still_a_row() -> None:
    data = whole(CsvWriter((NAME,), CSV), [a_row(user={}), a_row()])
    assert data == b'User name\r\n""\r\nAda Byron\r\n'
