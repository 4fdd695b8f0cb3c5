"""A reject file is harmless in a spreadsheet, and gives the cells back that it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from payops_local.importing.mapping import FileFormat
from payops_local.importing.rejects import RejectFile
from payops_local.importing.rows import CsvFile, Row, open_csv

CELLS = ["=1+1", "Ann;=1+1", "'=1", "-5", "a|b\r\n@c", "＝1", "O'Brien"]  # noqa: RUF001


@pytest.mark.parametrize("delimiter", [",", ";", "\t", ":"])
def test_cells_come_back_from_a_reject_file_as_they_were(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "rejects.csv"
    rejects = RejectFile(path, [f"=c{n}" for n in range(len(CELLS))], delimiter)
    rejects.add(Row(7, CELLS), "=c0: no")
    rejects.close()
    with open_csv(path) as file:
        table = CsvFile(file, FileFormat(delimiter=delimiter), "rejects.csv")
        (row,) = table.rows()
    assert table.header[2:] == [f"=c{n}" for n in range(len(CELLS))]
    assert row.cells == ["7", "=c0: no", *CELLS]


def test_no_cell_of_a_reject_file_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    rejects = RejectFile(path, ["name"], ",")
    for cell in ("=1+1", "Ann;=1+1"):
        rejects.add(Row(2, [cell]), "no")
    rejects.close()
    assert path.read_bytes() == (
        b"rejected_line,rejected_reason,name\r\n2,no,'=1+1\r\n2,no,\"Ann;'=1+1\"\r\n"
    )


def test_a_quote_in_a_file_that_is_no_reject_file_belongs_to_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"id,text\r\n1,'=1\r\n")
    with open_csv(path) as file:
        assert [row.cells for row in CsvFile(file, FileFormat(), "f").rows()] == [["1", "'=1"]]
