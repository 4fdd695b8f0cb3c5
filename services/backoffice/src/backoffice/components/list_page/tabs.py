"""The tabs of a list: computed from its filters, so that none is lit that is not asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.components.list_page.asked import Asked
from backoffice.components.list_page.showing import Showing
from backoffice.formatting.shares import shown_count


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


def _count(values: Sequence[str], totals: Mapping[str, Any], showing: Showing) -> str:
    counts = {each["value"]: each for each in totals["counts"]}
    found = [counts[value] for value in values if value in counts] if values else [totals["all"]]
    if len(found) != max(1, len(values)) or any(each["count"] is None for each in found):
        return ""
    number = shown_count(sum(each["count"] for each in found), showing.language)
    return number + ("+" if any(each["is_capped"] for each in found) else "")


def lit(asked: Asked) -> bool:
    """Whether a tab says all of what its filter is set to, so that a chip need not."""
    tabs = asked.page.tabs
    if tabs is None:
        return False
    chosen = set(asked.values.get(tabs.by, ()))
    return any(chosen == set(tab.values) for tab in tabs.entries.values())
