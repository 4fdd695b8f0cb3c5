"""Reading CSV: every row comes out once, with its line, and a bad one harms no other."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from payops_local.errors import PlatformError
from payops_local.importing.mapping import FileFormat
from payops_local.importing.rows import LINE_CHARS_MAX, ROW_LINES_MAX, CsvFile, Row, open_csv


def read(content: bytes, tmp_path: Path, layout: FileFormat | None = None) -> list[Row]:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with open_csv(path) as file:
        return list(CsvFile(file, layout or FileFormat(), "file.csv").rows())


def test_rows_carry_the_number_of_their_first_line_and_empty_lines_are_none(
    tmp_path: Path,
) -> None:
    rows = read(b'id,text\r\n1,a\r\n\r\n2,"b\r\nc"\r\n3,d', tmp_path)
    assert rows == [Row(2, ["1", "a"]), Row(4, ["2", "b\r\nc"]), Row(6, ["3", "d"])]


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,a\n")
    with open_csv(path) as file:
        assert CsvFile(file, FileFormat(), "file.csv").header == ["id", "text"]


def test_a_row_with_another_number_of_columns_is_marked(tmp_path: Path) -> None:
    short, long, good = read(b"id,text\n1\n1,2,3\n2,b\n", tmp_path)
    assert short.problem == "it has 1 columns, the header has 2"
    assert long.problem == "it has 3 columns, the header has 2"
    assert good.problem is None


def test_bytes_that_are_no_utf8_mark_their_row_only(tmp_path: Path) -> None:
    bad, good = read(b"id,text\n1,\xff\n2,\xc3\xa9\n", tmp_path)
    assert bad.problem == "it is not UTF-8"
    assert good == Row(3, ["2", "é"])


def test_a_quote_that_is_not_closed_costs_one_row_and_not_the_rest(tmp_path: Path) -> None:
    bad, *good = read(b'id,text\n1,"a\n2,b\n3,c\n', tmp_path)
    assert bad == Row(2, ["1", '"a'], "a quote in it is not closed")
    assert good == [Row(3, ["2", "b"]), Row(4, ["3", "c"])]


def test_a_quote_that_swallows_many_lines_is_given_up_and_they_are_read_again(
    tmp_path: Path,
) -> None:
    others = b"".join(b"%d,x\n" % number for number in range(3 * ROW_LINES_MAX))
    bad, *good = read(b'id,text\n1,"a\n' + others, tmp_path)
    assert bad.problem is not None
    assert [row.cells[0] for row in good] == [str(n) for n in range(3 * ROW_LINES_MAX)]
    assert [row.line for row in good] == list(range(3, 3 + 3 * ROW_LINES_MAX))


def test_two_stray_quotes_do_not_hide_the_rows_between_them(tmp_path: Path) -> None:
    rows = read(b'id,text\n1,"a\n2,b\n3,"c\n4,d\n', tmp_path)
    assert [(row.line, row.problem is None) for row in rows] == [
        (2, False),
        (3, True),
        (4, False),
        (5, True),
    ]


def test_a_line_without_an_end_is_rejected_without_being_held_in_memory(tmp_path: Path) -> None:
    endless = b"1," + b"x," * LINE_CHARS_MAX
    bad, good = read(b"id,text\n" + endless + b"\n2,b\n", tmp_path)
    assert bad.problem is not None
    assert len(bad.cells) < LINE_CHARS_MAX
    assert good == Row(3, ["2", "b"])


def test_a_cell_beyond_the_limit_is_rejected(tmp_path: Path) -> None:
    bad, good = read(b"id,text\n1," + b"x" * (csv.field_size_limit() + 1) + b"\n2,b\n", tmp_path)
    assert "longer than" in (bad.problem or "")
    assert good == Row(3, ["2", "b"])


def test_a_file_without_a_header_line_is_named_by_the_mapping(tmp_path: Path) -> None:
    layout = FileFormat(delimiter=";", header=("id", "text"))
    assert read(b"1;a\n", tmp_path, layout) == [Row(1, ["1", "a"])]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfei\x00d\x00\n"])
def test_a_file_whose_first_line_names_no_columns_is_refused(
    content: bytes, tmp_path: Path
) -> None:
    with pytest.raises(PlatformError, match="must name the columns"):
        read(content, tmp_path)


def test_a_file_is_read_line_by_line() -> None:
    read_so_far: list[int] = []

    class Counting(io.StringIO):
        def readline(self, *size: int) -> str:  # type: ignore[override]  # typeshed says bytes
            read_so_far.append(1)
            return super().readline(*size)

    file = Counting("id,text\n" + "1,a\n" * 1000)
    rows = CsvFile(file, FileFormat(), "file.csv").rows()
    next(rows)
    assert len(read_so_far) == 2
