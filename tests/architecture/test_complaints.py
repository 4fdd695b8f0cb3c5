"""Each complaint that the docs answer is held by tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "backoffice-complaints.md"
ROW = re.compile(r"^\| (?P<number>P?\d+) \|.*\| (?P<held>[^|]+) \|$", re.M)
HELD = re.compile(r"`(?P<path>[\w/-]+\.py)::(?P<test>test_\w+)`")
ROWS = [(row["number"], row["held"].split("; ")) for row in ROW.finditer(PAGE.read_text())]


def test_every_complaint_has_its_row() -> None:
    expected = [str(number) for number in range(1, 26)] + [f"P{number}" for number in range(1, 12)]
    assert [number for number, _ in ROWS] == expected


@pytest.mark.parametrize(("number", "held"), ROWS, ids=[row[0] for row in ROWS])
def test_the_tests_that_hold_an_answer_exist(number: str, held: list[str]) -> None:
    for each in held:
        found = HELD.fullmatch(each)
        assert found is not None, each
        assert re.search(rf"def {found['test']}\(", (ROOT / found["path"]).read_text()), number
