"""Dots between what stands on a line: none at a line's beginning, wherever it wraps."""

import re

from markupsafe import Markup

from backoffice.assets import FOLDER as ASSETS
from backoffice.formatting.joined import DOT, dotted
from backoffice.pages.templates import FOLDER as TEMPLATES

UNBOUND = re.compile(r"(?<!&nbsp;)(?<!\\u00a0)(?<!\\a0)·(?! PayOps</title>)")
"""A dot before which a line may wrap; the name of a tab has none."""


def test_a_dot_is_bound_to_what_stands_before_it() -> None:
    assert DOT.join(["€1.00", "US$2.00"]) == "€1.00\N{NO-BREAK SPACE}· US$2.00"


def test_what_came_from_outside_is_escaped_and_markup_stays() -> None:
    said = dotted([Markup("<time>9:00</time>"), "<b>"])
    assert said == Markup("<time>9:00</time>\N{NO-BREAK SPACE}· &lt;b&gt;")


def test_no_template_and_no_script_begins_a_line_with_a_dot() -> None:
    files = [*TEMPLATES.rglob("*.html"), *(ASSETS / "js").rglob("*.js")]
    assert [file.name for file in files if UNBOUND.search(file.read_text())] == []


def test_styles_write_dots_behind_what_they_part() -> None:
    rules = [
        rule
        for file in (ASSETS / "css").rglob("*.css")
        for rule in file.read_text().splitlines()
        if "·" in rule
    ]
    assert rules
    assert all("::after" in rule for rule in rules)
