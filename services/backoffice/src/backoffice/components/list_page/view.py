"""A list page as its templates show it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from backoffice.components.actions import ActionLink
from backoffice.components.list_page.asked import SEARCH, Asked
from backoffice.components.list_page.bulk import BulkButton, bulk_buttons
from backoffice.components.list_page.filters import FilterView, Preset, filter_views
from backoffice.components.list_page.heads import (
    ColumnChoice,
    Head,
    chosen_columns,
    column_choices,
    heads_of,
)
from backoffice.components.list_page.rows import Row, actions_of, row_of
from backoffice.components.list_page.showing import Showing
from backoffice.components.list_page.tabs import TabView, lit, tab_views
from backoffice.components.live import live_kind
from payops_contracts.pages import Column, FilterKind, ListPage, value_at

FURTHER_DAYS = 90
CURRENCY_OTHERWISE = "EUR"
EMPTY: Mapping[str, Any] = MappingProxyType(
    {
        "items": [], "next": None, "previous": None, "from": 0, "to": 0, "total": 0,
        "total_is_capped": False,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there are no rows, and what holds."""

    status: int
    title: str
    detail: str
    trace_id: str = ""
    too_broad: bool = False
    """Whether fewer rows could be read."""

    @property
    def retry(self) -> bool:
        """Whether the same question may be answered later."""
        return self.status != HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class ListView:
    """What the templates of a list read; made of what was asked and what was answered."""

    asked: Asked
    showing: Showing
    kept_columns: Collection[str] = ()
    answer: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    failure: Failure | None = None
    only: Collection[str] | None = None
    """Ids of rows that are asked for again: then nothing but rows is meant."""

    @cached_property
    def title(self) -> str:
        """The page's name."""
        return self.showing.label(self.asked.page.title)

    @property
    def subtitle(self) -> str:
        """What the page is about."""
        subtitle = self.asked.page.subtitle
        return self.showing.label(subtitle) if subtitle else ""

    @property
    def name(self) -> str:
        """The list's id, by which its routes and elements are named."""
        return self.asked.page.id

    @property
    def parts(self) -> str:
        """Where the list's parts are read again, without the page around them."""
        return f"/parts/{self.name}"

    @property
    def live(self) -> str:
        """The kind of change that its rows follow; empty for a list that does not change itself."""
        return live_kind(self.asked.page.follows or self.asked.page.resource)

    @property
    def searched(self) -> str:
        """What is searched for."""
        return next(iter(self.asked.values.get("q", ())), "")

    @property
    def placeholder(self) -> str:
        """What the search finds; empty for a list without one."""
        return self.showing.label(self.asked.page.search) if self.asked.page.search else ""

    @cached_property
    def tabs(self) -> list[TabView]:
        """The tabs, without counts: these come after the rows."""
        return tab_views(self.asked, self.showing)

    @cached_property
    def filters(self) -> list[FilterView]:
        """All filters, for the panel."""
        return filter_views(self.asked, self.showing, self.today, self.currency)

    @cached_property
    def chips(self) -> list[FilterView]:
        """The filters that are set, but for what a tab says already."""
        by = self.asked.page.tabs.by if self.asked.page.tabs else None
        hidden = by if lit(self.asked) else None
        return [each for each in self.filters if each.active and each.id != hidden]

    @property
    def clearable(self) -> bool:
        """Whether something can be seen that clearing takes away: a tab is no filter to clear."""
        return bool(self.chips or self.searched)

    @property
    def cleared(self) -> str:
        """The address without filters, on the same tab; without the tab when it is all there is."""
        by = self.asked.page.tabs.by if self.asked.page.tabs else ""
        return self.asked.cleared(by if self.clearable and lit(self.asked) else "").address

    @property
    def narrowed(self) -> bool:
        """Whether the rows are those of some tabs alone."""
        return bool(self.asked.page.tabs and self.asked.values.get(self.asked.page.tabs.by))

    @property
    def unsearched(self) -> str:
        """The address without what is searched for."""
        return self.asked.with_values(SEARCH, ()).address

    @cached_property
    def today(self) -> date:
        """The day it is in the reporting zone."""
        return self.showing.reporting.local(datetime.now().astimezone()).date()

    @cached_property
    def currency(self) -> str:
        """The currency that most of the rows have."""
        used = Counter(row.currency for row in self.rows if row.currency)
        return used.most_common(1)[0][0] if used else CURRENCY_OTHERWISE

    @property
    def mixes(self) -> bool:
        """Whether rows of several currencies stand together: then each amount has its code."""
        return len({row.currency for row in self.rows if row.currency}) > 1

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that are shown."""
        return chosen_columns(self.asked.page, self.kept_columns)

    @cached_property
    def column_choices(self) -> list[ColumnChoice]:
        """All columns, for the menu."""
        return column_choices(self.asked.page, self.columns, self.showing)

    @cached_property
    def heads(self) -> list[Head]:
        """The heads of the columns."""
        return heads_of(self.columns, self.asked, self.showing)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows that are shown."""
        page = self.asked.page
        return [row_of(page, self.columns, each, self.showing) for each in self.answer["items"]]

    @property
    def has_menus(self) -> bool:
        """Whether something can be done with a row."""
        return bool(self.asked.page.row_actions)

    @property
    def actions(self) -> list[ActionLink]:
        """What can be done with the first row; nothing where there is none."""
        page = self.asked.page
        first = self.answer["items"][:1]
        return [link for each in first for link in actions_of(page, each, self.showing)]

    @cached_property
    def bulk(self) -> list[BulkButton]:
        """What can be done with the rows that are selected."""
        return bulk_buttons(self.asked.page, self.showing)

    @property
    def selectable(self) -> bool:
        """Whether rows can be selected at all."""
        return bool(self.bulk or self.asked.page.export)

    @property
    def total(self) -> str:
        """How many rows there are: ``3,214`` or ``10,000+``."""
        return self.showing.shown.count(self.answer["total"], self.answer["total_is_capped"])

    @property
    def range(self) -> str:
        """The rows that are shown, by number: ``1-50``."""
        count = self.showing.shown.count
        return f"{count(self.answer['from'])}-{count(self.answer['to'])}"

    @property
    def next(self) -> str | None:
        """The address of the next page."""
        return self._page(self.answer["next"])

    @property
    def previous(self) -> str | None:
        """The address of the page before."""
        return self._page(self.answer["previous"])

    @property
    def missing_ids(self) -> list[str]:
        """Of ids that are asked for one by one, those that are not among the rows."""
        by_ids = [each for each in self.asked.page.filters.values() if each.kind is FilterKind.IDS]
        if self.failure or self.next or self.previous or not by_ids:
            return []
        found = {str(value_at(each, self.asked.page.row)) for each in self.answer["items"]}
        return [each for each in self.asked.values.get(by_ids[0].id, ()) if each not in found]

    @property
    def further(self) -> str | None:
        """The address that looks 90 days further back; None where days are no matter."""
        for each in self.asked.page.filters.values():
            behind = each.kind is FilterKind.DAYS and not each.ahead
            if behind and each.parameters[0] in self.asked.values:
                name = each.parameters[0]
                try:
                    start = date.fromisoformat(self.asked.values[name][0])
                except ValueError:
                    return None
                earlier = (start - timedelta(days=FURTHER_DAYS)).isoformat()
                return self.asked.with_values(name, (earlier,)).address
        return None

    @property
    def narrower(self) -> Sequence[Preset]:
        """Days at one press, for a list that was asked of too many days."""
        if self.failure is None or not self.failure.too_broad:
            return ()
        return next((each.presets for each in self.filters if each.presets and not each.active), ())

    @property
    def empty_title(self) -> str:
        """That there is nothing at all, in the list's own words where it has some."""
        text = self.asked.page.empty_title
        return self.showing.label(text) if text else ""

    @property
    def empty(self) -> str:
        """What will appear here, said while there is nothing at all."""
        text = self.asked.page.empty
        return self.showing.label(text) if text else ""

    @property
    def first_step(self) -> ListPage | None:
        """The list where the first step is done."""
        return self.showing.pages.lists.get(self.asked.page.first_step or "")

    def _page(self, cursor: str | None) -> str | None:
        return self.asked.at(cursor).address if cursor else None
