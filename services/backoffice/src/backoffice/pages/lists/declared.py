"""The declarations of lists, as the visitor may see them."""

from backoffice.errors import NoSuchPage
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit
from payops_contracts.pages import ListPage, Pages


def pages_of(visit: Visit) -> Pages:
    """The declared pages."""
    return visit.pages


def declared_list(visit: Visit, page: Page) -> ListPage:
    """The declaration of a page's list; raises ``Forbidden`` or ``NoSuchPage``."""
    visit.require(page.role)
    declared = pages_of(visit).lists.get(page.name)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    return declared
