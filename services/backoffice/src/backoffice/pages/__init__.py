"""Every area of pages. A new one is imported here and named once; nothing else lists it."""

from backoffice.pages.frame import FRAME
from backoffice.pages.page import Area

AREAS: tuple[Area, ...] = (FRAME,)
"""In the order in which the navigation shows their pages, section by section."""
