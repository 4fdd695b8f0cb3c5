"""What the charts of a dashboard name."""

from collections.abc import Iterator

from payops_contracts.pages.api import Answer, GatewayApi
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.dashboards import Chart, Dashboard, Rows
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.lists import FilterKind, ListPage
from payops_contracts.pages.references.finding import named, read
from payops_contracts.pages.wrong import Wrong


def wrong_in_dashboard(page: Dashboard, pages: Pages, api: GatewayApi) -> Iterator[Wrong]:
    """Of each chart its KPI, its series, and the way to its rows."""
    for chart in page.charts.values():
        at = ("dashboards", page.id, "charts", chart.id)
        if chart.kpi is not None:
            yield from _kpi(chart.kpi, chart, page, api, at)
        if chart.rows is not None:
            yield from _rows(chart.rows, pages, (*at, "rows"))


def _kpi(kpi: str, chart: Chart, page: Dashboard, api: GatewayApi, at: KeyPath) -> Iterator[Wrong]:
    found, wrong = read(kpi, page.role, api, (*at, "kpi"))
    yield from wrong
    if found is None:
        return
    # Its days, by name or given, or the instant as of which it counts.
    takes_days = "window" in found.parameters or {"from", "to"} <= set(found.parameters)
    if not takes_days and not any(map(found.answer.at, ("at", "as_of"))):
        yield Wrong((*at, "kpi"), f"{kpi} is no KPI: it takes no window")
    if chart.series is None or chart.series in _lines(found.answer):
        return
    if not found.answer.has_deep(chart.series):
        says = f"the gateway's answer has no '{chart.series}'; a series is one of its fields"
        yield Wrong((*at, "series"), says)


def _lines(answer: Answer) -> Iterator[str]:
    """What a KPI of lines says that its lines are, and what each of them is, where that is set."""
    if by := answer.at("by"):
        yield from by.values
    each: Answer | None = answer
    for step in ("currencies", "lines"):
        below = each and each.at(step)
        each = below and below.items
    value = each and each.at("value")
    yield from value.values if value else ()


def _rows(rows: Rows, pages: Pages, at: KeyPath) -> Iterator[Wrong]:
    yield from named(rows.list, pages.lists, (*at, "list"), "list page", ("lists",))
    page = pages.lists.get(rows.list)
    if page is None:
        return
    for name in rows.filters:
        yield from named(name, page.filters, (*at, "filters", name), "filter", _filters(page))
    for setting, kind in (("days", FilterKind.DAYS), ("series", FilterKind.CHOICE)):
        name = getattr(rows, setting)
        if name is None:
            continue
        yield from named(name, page.filters, (*at, setting), "filter", _filters(page))
        if name in page.filters and page.filters[name].kind is not kind:
            yield Wrong((*at, setting), f"'{name}' is no filter of the kind {kind}")


def _filters(page: ListPage) -> KeyPath:
    return ("lists", page.id, "filters")
