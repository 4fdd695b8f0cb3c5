"""Dashboards: pages of charts over the KPIs."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from payops_contracts.pages.parts import (
    Entries,
    Entry,
    Id,
    Label,
    PagePath,
    Part,
    ResourcePath,
    Role,
    Values,
    Vocabulary,
)


class ChartKind(StrEnum):
    """How a KPI is drawn."""

    STOCK = "stock"
    """Lines over days, with YTD, MTD, custom and drag zoom."""
    SHARES = "shares"
    """Percentages that add up to 100, as labelled bars."""
    BARS = "bars"
    """One bar a series."""
    FIGURE = "figure"
    """One number: of a KPI its total, else the count of the rows that it leads to."""


class Window(StrEnum):
    """The days that a chart shows at first."""

    TODAY = "today"
    """With figures alone: compared with yesterday up to this hour."""
    YTD = "ytd"
    MTD = "mtd"
    CUSTOM = "custom"


class Measure(StrEnum):
    """What is drawn of a KPI."""

    AMOUNT = "amount_minor"
    COUNT = "count"


class Rows(Part):
    """The way from a figure to its rows."""

    list: Id
    filters: dict[Id, Values] = {}
    """What the rows have in any case, by parameter of the list."""
    days: Id | None = None
    """The filter of days that takes the chart's window."""
    series: Id | None = None
    """The filter that takes the series' value."""


class Chart(Entry):
    """A chart of a dashboard."""

    title: Label
    about: Label | None = None
    """One sentence under the title: what is counted."""
    kind: ChartKind
    kpi: ResourcePath | None = None
    measures: Annotated[list[Measure], Field(min_length=1)] = [Measure.AMOUNT, Measure.COUNT]
    """What can be drawn; the first one at first."""
    series: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    """The field of the KPI's answer that a line or bar is drawn for each value of."""
    words: Vocabulary | None = None
    """What the series are called."""
    window: Window = Window.MTD
    compare: bool = True
    """Whether the period before is shown beside it."""
    wide: bool = False
    """Whether it takes the page's whole width."""
    rows: Rows | None = None

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.kpi is None and not (self.kind is ChartKind.FIGURE and self.rows):
            raise ValueError("a chart needs kpi; a figure without one counts its rows")
        return self


class Dashboard(Entry):
    """A page of charts."""

    title: Label
    subtitle: Label | None = None
    path: PagePath
    role: Role = Role.VIEWER
    embeddable: bool = False
    """Whether it can be shown inside pages of other sites."""
    charts: Entries[Chart] = {}
