"""The Dashboard: what today is like, and what waits for somebody."""

from backoffice.pages.home.page import routes
from backoffice.pages.page import DASHBOARD, Area

HOME = Area(pages=(DASHBOARD,), routes=routes)
