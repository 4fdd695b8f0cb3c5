"""The list page: a table with tabs, search, filters and a selection, fed by a declaration.

``ListPage`` of ``payops_contracts.pages`` declares one; :class:`Asked` is what an address asks of
it, :class:`ListView` what its templates show.
"""

from backoffice.components.list_page.asked import Asked
from backoffice.components.list_page.showing import Showing
from backoffice.components.list_page.view import ListView

__all__ = ["Asked", "ListView", "Showing"]
