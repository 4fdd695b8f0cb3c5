"""Each complaint that the docs answer is held by a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "backoffice-complaints.md"
ROW = re.compile(r"^\| (?P<number>P?\d+) \|.*`(?P<path>[\w/-]+\.py)::(?P<test>test_\w+)` \|$", re.M)
ROWS = [(row["number"], row["path"], row["test"]) for row in ROW.finditer(PAGE.read_text())]


def test_every_complaint_has_its_row() -> None:
    expected = [str(number) for number in range(1, 26)] + [f"P{number}" for number in range(1, 12)]
    assert [number for number, _, _ in ROWS] == expected


@pytest.mark.parametrize(("number", "path", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_the_test_that_holds_an_answer_exists(number: str, path: str, test: str) -> None:
    assert re.search(rf"def {test}\(", (ROOT / path).read_text()), number
