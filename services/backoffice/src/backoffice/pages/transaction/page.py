"""The pages about one payment, and the way back to it after something was done."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.responses import Response

from backoffice.errors import Refused
from backoffice.pages import htmx
from backoffice.pages.page import Page, Section
from backoffice.pages.transaction.reading import address
from backoffice.pages.visit import Visit
from backoffice.words import Words, word

TRANSACTIONS = Page(
    "transactions",
    "/transactions",
    word("Transactions"),
    icon="arrow-left-right",
    section=Section.MAIN,
    key="t",
)
"""The list; a payment, and what is done with it, stand below it in the breadcrumbs."""

DIALOG, ALONE = "dialog", "dialog-page"


class Notice(NamedTuple):
    """What a form says about itself when it is shown again."""

    title: str
    lines: Sequence[str]


def at_fields(refused: Refused, words: Words) -> dict[str, str]:
    """What the service finds wrong with single fields, by their pointer."""
    return {error["pointer"]: words(said) for error in refused.errors if (said := error["detail"])}


def slot_of(visit: Visit) -> str:
    """Where the answer to a form goes: into the dialog over a page, or into its own page."""
    return f"#{DIALOG if htmx.wanted_block(visit.request) == DIALOG else ALONE}"


def back_to(visit: Visit, transaction_id: str, toast: str) -> Response:
    """After a write: a dialog closes and what is below it is read again; a page is left."""
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(address(transaction_id), toast)
    told = htmx.events(
        dialog_close=True, toast={"text": toast}, record_changed={"id": transaction_id}
    )
    return Response(status_code=204, headers=told)
