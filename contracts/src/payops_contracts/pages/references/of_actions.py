"""What an action names."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from payops_contracts.pages.actions import Action
from payops_contracts.pages.api import Answer, GatewayApi
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.parts import placeholders
from payops_contracts.pages.references.finding import lies, named
from payops_contracts.pages.wrong import Wrong


def wrong_in_action(action: Action, pages: Pages, api: GatewayApi) -> Iterator[Wrong]:
    """The detail page that it is of, and what it takes of that page's answer."""
    at = ("actions", action.id)
    answer: Answer | None = None
    if action.of is not None:
        yield from named(action.of, pages.details, (*at, "of"), "detail page", ("details",))
        detail = pages.details.get(action.of)
        found = api.reads(detail.resource) if detail else None
        answer = found.answer if found else None
    if action.allowed is not None:
        yield from lies(action.allowed, answer, (*at, "allowed"))
    if action.href is not None:
        yield from _link(action.href, action, pages, (*at, "href"))
    if action.endpoint is not None:
        for name, path in action.endpoint.fields.items():
            yield from lies(path, answer, (*at, "endpoint", "fields", name))


def _link(href: str, action: Action, pages: Pages, at: KeyPath) -> Iterator[Wrong]:
    detail = pages.details.get(action.of or "")
    there = placeholders(detail.path) if detail else []
    for name in placeholders(href):
        yield from named(name, there, at, "id")
    if placeholders(urlsplit(href).netloc):
        yield Wrong(at, "the host of a link is written out, never taken from a row")
