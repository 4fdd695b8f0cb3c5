"""The rows of a table: cells, the way to the detail, and what can be done with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from backoffice.components.list_page.cells import Cell, cell_of
from backoffice.components.list_page.showing import Showing
from backoffice.words import word
from payops_contracts.pages import Action, BuiltIn, Column, ListPage, value_at
from payops_kernel.auth.principals import UserRole

NO_ROLE = {
    "operator": word("Operators can do this, you are a viewer."),
    "approver": word("Approvers can do this."),
    "admin": word("Administrators can do this."),
}
NO_SUBSCRIPTIONS = word("There is no page of subscriptions yet.")
BELOW_DETAIL = {
    BuiltIn.OPEN: "",
    BuiltIn.REFUND: "/refund",
    BuiltIn.INVOICE: "/invoice",
    BuiltIn.NOTIFY: "/notification",
    BuiltIn.REPLAY: "/replay",
    BuiltIn.DISCARD: "/discard",
    BuiltIn.CANCEL_JOB: "/cancel",
}
"""Where the backoffice does what it can do itself."""
DOWNLOADS = frozenset({BuiltIn.INVOICE})
GOES = frozenset({BuiltIn.OPEN, BuiltIn.OPEN_SUBSCRIPTION})
"""Go to a page; the others open a dialog, or download."""
SUBSCRIPTION_DETAIL = "subscription"


@dataclass(frozen=True, slots=True)
class RowAction:
    """A thing to do with a row; without ``href`` it is disabled, and ``reason`` says why."""

    id: str
    label: str
    icon: str
    href: str | None
    reason: str = ""
    dialog: bool = False
    download: bool = False
    elsewhere: bool = False
    """Whether it leads to another site."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the table shows it."""

    id: str
    href: str | None
    version: int | str
    """Raised with every change; live rows compare it."""
    cells: Sequence[Cell]
    actions: Sequence[RowAction]
    amount_minor: int | None
    currency: str
    """What a selection adds up."""


def row_of(
    page: ListPage, columns: Sequence[Column], answered: Mapping[str, Any], showing: Showing
) -> Row:
    """A row of the gateway's answer, with these columns."""
    row_id = str(value_at(answered, page.row))
    money = answered.get("amount_minor")
    return Row(
        id=row_id,
        href=detail_path(page, row_id, showing),
        version=answered.get("version", ""),
        cells=[cell_of(column, answered, showing) for column in columns],
        actions=[
            _action(showing.pages.actions[name], page, row_id, answered, showing)
            for name in page.row_actions
            if name in showing.pages.actions
        ],
        amount_minor=money if isinstance(money, int) else None,
        currency=str(answered.get("currency", "")),
    )


def detail_path(page: ListPage, row_id: str, showing: Showing) -> str | None:
    """The address of a row's detail, its id percent-encoded; None without one."""
    detail = showing.pages.details.get(page.detail or "")
    if detail is None:
        return None
    return detail.path.replace(f"{{{page.row}}}", quote(row_id, safe=""))


def _action(
    action: Action, page: ListPage, row_id: str, answered: Mapping[str, Any], showing: Showing
) -> RowAction:
    reason = _refusal(action, answered, showing)
    return RowAction(
        id=action.id,
        label=showing.label(action.label),
        icon=action.icon,
        href=None if reason else _href(action, page, row_id, answered, showing),
        reason=reason or "",
        dialog=action.href is None and action.does not in DOWNLOADS | GOES,
        download=action.does in DOWNLOADS,
        elsewhere=action.href is not None,
    )


def _refusal(action: Action, answered: Mapping[str, Any], showing: Showing) -> str | None:
    """Why it cannot be done with a row, in words; None when it can."""
    if not showing.may(UserRole(action.role)):
        return showing.words(NO_ROLE[action.role])
    said = value_at(answered, action.allowed) if action.allowed else None
    if said and not said.get("allowed"):
        return showing.words(str(said.get("reason") or ""))
    if action.does is BuiltIn.OPEN_SUBSCRIPTION and not _has_subscriptions(showing):
        return showing.words(NO_SUBSCRIPTIONS)
    return None


def _has_subscriptions(showing: Showing) -> bool:
    return SUBSCRIPTION_DETAIL in showing.pages.details


def _href(
    action: Action, page: ListPage, row_id: str, answered: Mapping[str, Any], showing: Showing
) -> str | None:
    if action.href is not None:
        return _filled(action.href, answered)
    if action.does is BuiltIn.OPEN_SUBSCRIPTION:
        return _filled(showing.pages.details[SUBSCRIPTION_DETAIL].path, answered)
    detail = detail_path(page, row_id, showing)
    if detail is None:
        return None
    below = BELOW_DETAIL.get(action.does) if action.does else f"/actions/{action.id}"
    return None if below is None else detail + below


def _filled(pattern: str, answered: Mapping[str, Any]) -> str:
    """An address with values of the row in the place of ``{field}``, percent-encoded."""
    parts = pattern.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        filled.append(quote(str(value_at(answered, name) or ""), safe="") + rest)
    return "".join(filled)
