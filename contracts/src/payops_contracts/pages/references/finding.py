"""How a name is looked for, and what is said when it is not there."""

from collections.abc import Collection, Iterator

from payops_contracts.pages.api import Answer, GatewayApi, Read
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.parts import Kind, Label, Role, Shown, Translated
from payops_contracts.pages.wrong import Wrong, known

RANKS = {role: rank for rank, role in enumerate(Role)}


def named(
    name: str, there: Collection[str], at: KeyPath, what: str, within: KeyPath = ()
) -> Iterator[Wrong]:
    """Wrong when ``name`` is not among what is ``there``; ``within`` is the table of those."""
    if name not in there:
        because = (*within, name) if within else ()
        yield Wrong(at, f"there is no {what} '{name}' {known(name, there)}", because)


def lies(path: str, answer: Answer | None, at: KeyPath, because: KeyPath = ()) -> Iterator[Wrong]:
    """Wrong when nothing lies at a path of an answer."""
    if answer is not None and answer.at(path) is None:
        near, _, last = path.rpartition(".")
        here = answer.at(near) if near else answer
        there = here.names if here else answer.names
        says = f"the gateway's answer has no '{path}' {known(last, there)}"
        yield Wrong(at, says, because)


def shown(
    value: Shown, answer: Answer | None, at: KeyPath, because: KeyPath = ()
) -> Iterator[Wrong]:
    """What is wrong with a column or field that shows a part of an answer.

    ``because`` is where the currency could have been said that is missing.
    """
    yield from lies(value.at, answer, at)
    if value.kind is Kind.MONEY:
        yield from lies(value.currency_at, answer, (*at, "currency"), because)


def opens(value: Shown, pages: Pages, at: KeyPath) -> Iterator[Wrong]:
    """Wrong when a value leads to a page that there is not."""
    if value.opens is not None:
        yield from named(value.opens, pages.details, (*at, "opens"), "detail page", ("details",))


def read(
    resource: str, role: Role, api: GatewayApi, at: KeyPath
) -> tuple[Read | None, list[Wrong]]:
    """What is read at a path, and what is wrong with a page of that role reading it."""
    found = api.reads(resource)
    if found is None:
        return None, [Wrong(at, f"the gateway has no '{resource}' {known(resource, api.paths)}")]
    if RANKS[role] < RANKS[Role(found.role)]:
        says = f'{resource} is for {found.role}s; say role = "{found.role}" of the page'
        return found, [Wrong(at, says)]
    return found, []


def in_each_language(label: Label) -> list[str]:
    """The texts of a label."""
    return [label.en, label.it] if isinstance(label, Translated) else [label]
