"""The pages about one payment, and the way back to it after something was done."""

from starlette.responses import Response

from backoffice.pages.dialogs import left
from backoffice.pages.page import Page, Section
from backoffice.pages.transaction.reading import address
from backoffice.pages.visit import Visit
from backoffice.words import word

TRANSACTIONS = Page(
    "transactions",
    "/transactions",
    word("Transactions"),
    icon="arrow-left-right",
    section=Section.MAIN,
    key="t",
)
"""The list; a payment, and what is done with it, stand below it in the breadcrumbs."""


def back_to(visit: Visit, transaction_id: str, toast: str) -> Response:
    """After a write: to the payment."""
    return left(visit, transaction_id, address(transaction_id), toast)
