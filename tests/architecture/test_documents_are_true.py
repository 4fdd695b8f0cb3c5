"""What the documents say of the code is so: limits, files, links, calls of the one command."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from payops_local.cli import CALLS
from payops_local.places import CHECKOUT

ARCHITECTURE = CHECKOUT / "docs/architecture.md"
DECISIONS = sorted((CHECKOUT / "docs/adr").glob("0*.md"))
UNITS = {"": 1, "KiB": 1024, "MiB": 1024 * 1024}
DECISION_LINES_MAX = 50

limit_row = re.compile(r"^\| `([A-Z_]+)` \| ([\d.,]+) ?(\w*) \| `(\S+\.py)` \|", re.MULTILINE)
relative_link = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
own_call = re.compile(r"\./payops ([a-z]+)")
named_path = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.toml)`")


def limits() -> list[tuple[str, float | timedelta, str]]:
    """The rows of the architecture's table: name, value, file."""
    rows = limit_row.findall(ARCHITECTURE.read_text(encoding="utf-8"))
    return [(name, _value(number, unit), file) for name, number, unit, file in rows]


def _value(number: str, unit: str) -> float | timedelta:
    plain = float(number.replace(",", ""))
    return timedelta(hours=plain) if unit == "h" else plain * UNITS[unit]


def _constant(path: Path, name: str) -> Any:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            expression = ast.unparse(node.value)
            # A limit is a number, a product of numbers, or a timedelta of one.
            assert re.fullmatch(r"[\d_ *.]+|timedelta\(\w+=\d+\)", expression), expression
            return eval(expression, {"__builtins__": {}, "timedelta": timedelta})
    raise AssertionError(f"there is no {name} in {path}")


def test_the_table_of_limits_has_rows() -> None:
    assert len(limits()) > 20


@pytest.mark.parametrize(("name", "value", "file"), limits(), ids=lambda part: str(part))
def test_a_limit_in_the_architecture_is_the_one_in_the_code(
    name: str, value: float | timedelta, file: str
) -> None:
    assert _constant(CHECKOUT / file, name) == value


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_every_decision_is_a_page_that_names_what_keeps_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= DECISION_LINES_MAX
    for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**What keeps it.**"):
        assert part in text
    keepers = named_path.findall(text.split("**What keeps it.**")[1])
    assert keepers
    assert [keeper for keeper in keepers if not (CHECKOUT / keeper).exists()] == []


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = re.findall(r"\((0\S+\.md)\)", (CHECKOUT / "docs/adr/README.md").read_text())
    assert listed == [page.name for page in DECISIONS]


def test_every_relative_link_of_a_document_leads_somewhere(tracked: list[Path]) -> None:
    dead = [
        f"{page.relative_to(CHECKOUT)}: {target}"
        for page in tracked
        if page.suffix == ".md"
        for target in relative_link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_call_that_a_document_names_is_one(tracked: list[Path]) -> None:
    unknown = [
        f"{page.relative_to(CHECKOUT)}: {call}"
        for page in tracked
        if page.suffix == ".md"
        for call in own_call.findall(page.read_text(encoding="utf-8"))
        if call not in CALLS
    ]
    assert unknown == []


def test_every_call_is_named_in_the_readme() -> None:
    named = set(own_call.findall((CHECKOUT / "README.md").read_text(encoding="utf-8")))
    assert set(CALLS) <= named
