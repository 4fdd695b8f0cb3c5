"""The tabs of a list: computed from its filters, so that none is lit that is not asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.components.list_page.asked import Asked
from backoffice.components.list_page.showing import Showing


@dataclass(frozen=True, slots=True)
class TabView:
    """A tab; ``count`` is empty while it is not known."""

    id: str
    label: str
    href: str
    current: bool
    count: str = ""


def tab_views(
    asked: Asked, showing: Showing, totals: Mapping[str, Any] | None = None
) -> list[TabView]:
    """The tabs, with counts where the gateway's totals are given."""
    tabs = asked.page.tabs
    if tabs is None:
        return []
    chosen = asked.values.get(tabs.by, ())
    return [
        TabView(
            tab.id,
            showing.label(tab.label),
            asked.with_values(tabs.by, tab.values).address,
            set(chosen) == set(tab.values),
            _count(tab.values, totals, showing) if totals else "",
        )
        for tab in tabs.entries.values()
    ]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows there are: ``number`` to count with, ``shown`` as people read it."""

    number: int
    shown: str


def counted(asked: Asked, totals: Mapping[str, Any] | None, showing: Showing) -> Counted | None:
    """The rows that are asked for, out of the answer that the tabs' counts are of."""
    if asked.page.tabs is None or totals is None:
        return None
    return _counted(asked.values.get(asked.page.tabs.by, ()), totals, showing)


def late(totals: Mapping[str, Any]) -> str:
    """What was not there in time: ``counts``, or ``sums``; a list without money never has these."""
    if any(each["count"] is None for each in (totals["all"], *totals["counts"])):
        return "counts"
    return "sums" if totals.get("sums") is None and not totals["all"]["is_capped"] else ""


def _counted(values: Sequence[str], totals: Mapping[str, Any], showing: Showing) -> Counted | None:
    counts = {each["value"]: each for each in totals["counts"]}
    found = [counts[value] for value in values if value in counts] if values else [totals["all"]]
    if len(found) != max(1, len(values)) or any(each["count"] is None for each in found):
        return None
    number = sum(each["count"] for each in found)
    is_capped = any(each["is_capped"] for each in found)
    return Counted(number, showing.shown.count(number, is_capped))


def _count(values: Sequence[str], totals: Mapping[str, Any], showing: Showing) -> str:
    found = _counted(values, totals, showing)
    return found.shown if found else ""


def lit(asked: Asked) -> bool:
    """Whether a tab says all of what its filter is set to, so that a chip need not."""
    tabs = asked.page.tabs
    if tabs is None:
        return False
    chosen = set(asked.values.get(tabs.by, ()))
    return any(chosen == set(tab.values) for tab in tabs.entries.values())
