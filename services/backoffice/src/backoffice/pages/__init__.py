"""Every area of pages. A new one is imported here and named once; nothing else lists it."""

from backoffice.pages.frame import FRAME
from backoffice.pages.live import LIVE
from backoffice.pages.page import Area
from backoffice.pages.transaction import TRANSACTION_AREA
from backoffice.pages.transactions import TRANSACTIONS_AREA

AREAS: tuple[Area, ...] = (FRAME, LIVE, TRANSACTIONS_AREA, TRANSACTION_AREA)
"""In the order in which the navigation shows their pages, section by section."""
