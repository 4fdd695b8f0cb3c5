"""What can be done with many rows at once: the buttons of the selection."""

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.components.actions import NEEDS_ROLE
from backoffice.components.list_page.showing import Showing
from backoffice.words import word
from payops_contracts.pages import BuiltIn, ListPage
from payops_kernel.auth.principals import UserRole


@dataclass(frozen=True, slots=True)
class BulkKind:
    """A bulk action that the gateway offers below a list."""

    path: str
    """Below the list, in the gateway and in the pages alike."""
    button: str
    wants_reason: bool
    irreversible: bool
    previewed_at: str = ""
    """An address of its own, of what the gateway does not offer below the list."""


BULK: Mapping[BuiltIn, BulkKind] = {
    BuiltIn.REFUND: BulkKind("bulk-refunds", word("Refund…"), True, True),
    BuiltIn.INVOICE: BulkKind("bulk-invoices", word("Invoices"), False, False),
    BuiltIn.CREATE_BATCH: BulkKind(
        "debit-batches", word("Create batch…"), False, False, "/debit-batches/of-charges"
    ),
}


@dataclass(frozen=True, slots=True)
class BulkButton:
    """A button of the selection; with a ``reason`` it is disabled."""

    id: str
    label: str
    icon: str
    path: str
    reason: str


def bulk_buttons(page: ListPage, showing: Showing) -> list[BulkButton]:
    """The bulk actions of a list."""
    known = showing.pages.actions
    buttons = []
    for action in (known[name] for name in page.bulk_actions if name in known):
        if action.does is None or action.does not in BULK:
            continue
        kind, may = BULK[action.does], showing.may(UserRole(action.role))
        reason = "" if may else showing.words(NEEDS_ROLE[UserRole(action.role)])
        path = kind.previewed_at or f"{page.path}/{kind.path}/preview"
        buttons.append(BulkButton(action.id, showing.words(kind.button), action.icon, path, reason))
    return buttons
