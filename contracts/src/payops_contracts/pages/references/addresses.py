"""Addresses of pages: each one's own, and the sidebar's are all pages."""

from collections.abc import Iterator

from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.parts import Role
from payops_contracts.pages.references.finding import RANKS
from payops_contracts.pages.wrong import Wrong, known

BUILT_IN = {
    "checkout-rules": ("/checkout-rules", Role.VIEWER),
    "provider-catalogue": ("/provider-catalogue", Role.VIEWER),
    "retry-policies": ("/retry-policies", Role.VIEWER),
}
"""Pages that the backoffice has without a declaration of theirs: the sidebar may name them."""


def wrong_addresses(pages: Pages) -> Iterator[Wrong]:
    """Two pages at one address, two entries with one key, entries that lead nowhere."""
    homes = {(*at, "path"): path for at, path, _ in _pages(pages)}
    yield from _doubled(homes, "is another page's address too")
    keys: dict[KeyPath, str] = {
        ("navigation", group.id, "entries", entry.id, "key"): entry.key
        for group in pages.navigation.values()
        for entry in group.entries.values()
        if entry.key
    }
    yield from _doubled(keys, "is another entry's key too")
    yield from _leading_nowhere(pages)


def _leading_nowhere(pages: Pages) -> Iterator[Wrong]:
    there = {path: (at, role) for at, path, role in _pages(pages) if "{" not in path}
    for group in pages.navigation.values():
        for entry in group.entries.values():
            at = ("navigation", group.id, "entries", entry.id)
            if entry.path not in there:
                says = f"there is no page at '{entry.path}' {known(entry.path, there)}"
                yield Wrong((*at, "path"), says, _gone(entry.path, entry.id))
                continue
            page, role = there[entry.path]
            if RANKS[entry.role] < RANKS[role]:
                says = f'the page is for {role}s; say role = "{role}" here too'
                yield Wrong((*at, "role"), says, (*page, "role"))


def _gone(path: str, entry: str) -> KeyPath:
    """Where a page was most likely taken away: pages are called as their addresses are."""
    return ("lists", path.removeprefix("/") or entry)


def _pages(pages: Pages) -> Iterator[tuple[KeyPath, str, Role]]:
    for name, (path, role) in BUILT_IN.items():
        yield ("built-in", name), path, role
    for kind in ("lists", "details", "dashboards"):
        for page in getattr(pages, kind).values():
            yield (kind, page.id), page.path, page.role


def _doubled(values: dict[KeyPath, str], says: str) -> Iterator[Wrong]:
    first: dict[str, KeyPath] = {}
    for at, value in values.items():
        if value in first:
            yield Wrong(at, f"'{value}' {says} ({'.'.join(first[value])})", first[value])
        first.setdefault(value, at)
