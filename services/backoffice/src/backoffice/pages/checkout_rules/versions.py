"""Versions of a rule in words: alone, or the one that answers beside the draft."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from backoffice.formatting.rule_terms import (
    Terms,
    general_conditions,
    pair_name,
    said_values,
    subject,
)
from backoffice.pages.checkout_rules.reading import Rule
from backoffice.words import Words, word
from payops_contracts.labels import RULE_OPERATOR


class Mark(StrEnum):
    """How a line differs from the version beside it."""

    SAME = ""
    NEW = word("new in the draft")
    GONE = word("not in the draft")
    MOVED = word("in another place")


class Line(NamedTuple):
    """One line of a version: its cells, and how it differs."""

    cells: Sequence[str]
    mark: Mark = Mark.SAME
    enabled: bool = True
    """Of a pair: whether the catalogue lets it answer."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule."""

    title: str
    """Where it stands: Active, Draft."""
    number: int
    name: Line
    general: Sequence[Line]
    """Amount range and match lists."""
    customs: Sequence[Line]
    """Path, operator and value."""
    pairs: Sequence[Line]


def shown_versions(rule: Rule, words: Words) -> list[Version]:
    """The version that answers, and the draft where there is one; else the last that was saved."""
    active, terms = rule["active_terms"], rule["terms"]
    latest = version(words("Draft"), rule["version"], terms, rule["pairs"], words)
    if active is None:
        return [latest]
    answering = version(
        words("Active"), rule["active_version"], active, rule["active_pairs"], words
    )
    if not rule["has_draft"]:
        return [answering]
    return [beside(answering, latest, Mark.GONE), beside(latest, answering, Mark.NEW)]


def version(
    title: str, number: int, terms: Terms, pairs: Iterable[dict[str, Any]], words: Words
) -> Version:
    """A version alone."""
    return Version(
        title=title,
        number=number,
        name=Line([terms["name"]]),
        general=[Line([said]) for said in general_conditions(terms, words)],
        customs=[
            Line([
                subject(each["path"], words),
                _operator(each["operator"], words),
                said_values(each["value"]),
            ])
            for each in terms.get("custom_conditions") or ()
        ],
        pairs=[Line([pair_name(each, words)], enabled=each["enabled"]) for each in pairs],
    )  # fmt: skip


def beside(one: Version, other: Version, mark: Mark) -> Version:
    """A version with the lines marked that the other has not, or has in another order."""

    def marked(of: Callable[[Version], Sequence[Line]]) -> list[Line]:
        there = [each.cells for each in of(one)]
        known = [each.cells for each in of(other)]
        mine, theirs = _within(there, known), _within(known, there)
        moved = [each for each, there_now in zip(mine, theirs, strict=False) if each != there_now]
        marks = [
            mark if cells not in known else Mark.MOVED if cells in moved else Mark.SAME
            for cells in there
        ]
        return [each._replace(mark=said) for each, said in zip(of(one), marks, strict=True)]

    (name,) = marked(lambda each: [each.name])
    return Version(
        one.title,
        one.number,
        name,
        general=marked(lambda each: each.general),
        customs=marked(lambda each: each.customs),
        pairs=marked(lambda each: each.pairs),
    )


def _within(lines: Sequence[Sequence[str]], known: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    return [each for each in lines if each in known]


def _operator(operator: str, words: Words) -> str:
    return words(RULE_OPERATOR[operator])
