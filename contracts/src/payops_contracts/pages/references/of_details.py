"""What a detail page names."""

from collections.abc import Iterator

from payops_contracts.pages.api import Answer, GatewayApi
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.details import DetailPage, Section, SectionKind
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.parts import placeholders
from payops_contracts.pages.references.finding import (
    in_each_language,
    lies,
    named,
    opens,
    read,
    shown,
)
from payops_contracts.pages.wrong import Wrong

_WITH_ROWS = frozenset({SectionKind.TABLE, SectionKind.HISTORY})


def wrong_in_detail(page: DetailPage, pages: Pages, api: GatewayApi) -> Iterator[Wrong]:
    """Its resource, what its sections show of it, its list, its actions."""
    at = ("details", page.id)
    yield from named(page.parent, pages.lists, (*at, "parent"), "list page", ("lists",))
    yield from _one_id(page, at)
    found, wrong = read(page.resource, page.role, api, (*at, "resource"))
    yield from wrong
    answer = found.answer if found else None
    for text in in_each_language(page.title):
        for path in placeholders(text):
            yield from lies(path, answer, (*at, "title"))
    for place in ("sections", "panels"):
        for section in getattr(page, place).values():
            yield from _section(section, page, answer, api, (*at, place, section.id))
            for each in section.fields.values():
                yield from opens(each, pages, (*at, place, section.id, "fields", each.id))
            yield from _actions(section.actions, pages, (*at, place, section.id, "actions"))
    yield from _status(page, at)
    if page.currency is not None:
        yield from lies(page.currency, answer, (*at, "currency"))
    yield from _actions(page.actions, pages, (*at, "actions"), page.id)


def _one_id(page: DetailPage, at: KeyPath) -> Iterator[Wrong]:
    here, there = placeholders(page.path), placeholders(page.resource)
    if len(here) != 1 or here != there:
        says = f"path and resource name one and the same {{id}}, as in {page.resource}"
        yield Wrong((*at, "path"), says, (*at, "resource"))


def _section(
    section: Section, page: DetailPage, answer: Answer | None, api: GatewayApi, at: KeyPath
) -> Iterator[Wrong]:
    shows = answer
    if section.resource is not None:
        found, wrong = read(section.resource, page.role, api, (*at, "resource"))
        yield from wrong
        shows = found.answer if found else None
        if placeholders(section.resource) != placeholders(page.resource):
            yield Wrong((*at, "resource"), "it is about the {id} of the page's own resource")
    if section.kind in _WITH_ROWS:
        if section.rows is None:
            yield Wrong((*at, "rows"), f"a {section.kind} says where its rows lie: rows = …")
            return
        yield from lies(section.rows, shows, (*at, "rows"))
        listed = shows.at(section.rows) if shows else None
        shows = listed.items if listed else None
        if listed and shows is None:
            yield Wrong((*at, "rows"), f"'{section.rows}' is no list")
    for value in section.fields.values():
        if section.kind in _WITH_ROWS and page.currency and value.currency is None:
            yield from lies(value.at, shows, (*at, "fields", value.id))
        else:
            currency = ("details", page.id, "currency")
            yield from shown(value, shows, (*at, "fields", value.id), currency)


def _status(page: DetailPage, at: KeyPath) -> Iterator[Wrong]:
    there = [value.at for each in page.sections.values() for value in each.fields.values()]
    if page.status is not None:
        yield from named(page.status, there, (*at, "status"), "field of a section at")


def _actions(
    names: list[str], pages: Pages, at: KeyPath, detail: str | None = None
) -> Iterator[Wrong]:
    for name in names:
        yield from named(name, pages.actions, at, "action", ("actions",))
        action = pages.actions.get(name)
        if detail and action and action.of not in {None, detail}:
            says = f"'{name}' is done with a {action.of}, and this is a {detail}"
            yield Wrong(at, says, ("actions", name, "of"))
