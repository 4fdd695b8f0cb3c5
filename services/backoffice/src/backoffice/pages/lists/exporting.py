"""A list as a file: which format and columns, of what is seen or of what is selected."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.list_page import Asked, Showing
from backoffice.components.list_page.asked import SEARCH
from backoffice.components.list_page.cells import FIGURES
from backoffice.components.list_page.filters import said_of
from backoffice.components.list_page.heads import chosen_columns
from backoffice.errors import NoSuchPage
from backoffice.pages.files import passed_on
from backoffice.pages.lists.choosing import Chosen, chosen_of
from backoffice.pages.lists.declared import declared_list
from backoffice.pages.lists.reading import kept_columns, showing_of
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.pages import ExportFormat, ListPage

CURRENCY = "currency"
FORMATS = {
    ExportFormat.CSV: (word("CSV"), word("Any number of rows, at once.")),
    ExportFormat.XLSX: (word("Excel"), word("Above 50,000 rows it is made in the background.")),
    ExportFormat.PARQUET: (word("Parquet"), word("For analysis; typed columns.")),
}


def export_routes(page: Page) -> APIRouter:
    """``…/export`` and ``…/export/selected``: the dialog, and below each the file."""
    router, name = APIRouter(), page.name
    dialog = Page(f"{name}-export", f"{page.path}/export", word("Export"), parent=page)

    @router.get(dialog.path)
    async def of_list(visit: Visiting) -> Response:
        declared = _exported(visit, page)
        asked = Asked.of(declared, visit.query)
        counted = await visit.gateway.get(declared.resource, asked.query(limit=1))
        return _dialog(visit, dialog, declared, Chosen(asked, (), everything=True), counted)

    @router.post(f"{dialog.path}/selected")
    async def of_selected(visit: Visiting) -> Response:
        declared = _exported(visit, page)
        chosen = chosen_of(declared, await visit.form_items())
        counted: dict[str, Any] = {"total": len(chosen.ids), "total_is_capped": False}
        if chosen.everything:
            counted = await visit.gateway.get(declared.resource, chosen.asked.query(limit=1))
        return _dialog(visit, dialog, declared, chosen, counted)

    @router.get(f"{dialog.path}/file")
    async def file(visit: Visiting) -> Response:
        declared = _exported(visit, page)
        asked = Asked.of(declared, visit.query)
        options = _options(declared, visit.query)
        query = [*asked.query(), *options.items()]
        return await passed_on(visit, f"{declared.resource}/export", query)

    @router.post(f"{dialog.path}/selected/file")
    async def selected_file(visit: Visiting) -> Response:
        declared = _exported(visit, page)
        sent = await visit.form_items()
        options = _options(declared, sent)
        columns = options.pop("columns", None)
        body = {"ids": list(chosen_of(declared, sent).ids), **options}
        body |= {"columns": columns.split(",")} if columns else {}
        return await passed_on(visit, f"{declared.resource}/export", body=body)

    return router


def _exported(visit: Visit, page: Page) -> ListPage:
    declared = declared_list(visit, page)
    if not declared.export:
        raise NoSuchPage("This list has no files.")
    return declared


def _dialog(
    visit: Visit, dialog: Page, declared: ListPage, chosen: Chosen, counted: dict[str, Any]
) -> Response:
    showing = showing_of(visit)
    shown = {each.id for each in chosen_columns(declared, kept_columns(visit.request, declared))}
    columns = [
        (each.at, showing.label(each.label), each.id in shown)
        for each in declared.columns.values()
        if "." not in each.at
    ]
    title = showing.label(declared.title)
    return visit.page(
        "pages/export.html",
        dialog,
        chosen=chosen,
        counted=counted,
        columns=columns,
        formats=_formats(declared, may_be_many=counted["total_is_capped"]),
        named=title[:1].lower() + title[1:] if title[1:2].islower() else title,
        narrowed=_narrowed(chosen.asked, showing),
        zone=showing.reporting.name,
    )


def _formats(declared: ListPage, *, may_be_many: bool) -> list[tuple[str, str, str]]:
    """Each format, its name, and what is to be known of it for as many rows."""
    named = [(each, *FORMATS[each]) for each in declared.export]
    return [
        (each.value, name, "" if each is ExportFormat.XLSX and not may_be_many else hint)
        for each, name, hint in named
    ]


def _narrowed(asked: Asked, showing: Showing) -> list[str]:
    """What the list is narrowed to, in words: the tab among the filters, and the search."""
    said = [said_of(each, asked, showing) for each in asked.page.filters.values()]
    return [*asked.values.get(SEARCH, ()), *filter(None, said)]


def _options(declared: ListPage, sent: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Format and columns; with money its currency, without which it says little."""
    form = dict(sent)
    known = {each.at: each for each in declared.columns.values()}
    names: list[str] = []
    for name in dict.fromkeys(value for key, value in sent if key == "columns"):
        if name in known:
            names.append(name)
            if known[name].kind in FIGURES and CURRENCY not in names:
                names.append(CURRENCY)
    options = {"format": form.get("format", ExportFormat.CSV)}
    if options["format"] == ExportFormat.CSV and form.get("delimiter"):
        options["delimiter"] = form["delimiter"]
    return options | ({"columns": ",".join(names)} if names else {})
