"""What every list page can do: its rows, counts, columns, files, saved views and bulk actions.

A list is a declaration; :func:`list_routes` gives it its pages.
"""

from backoffice.pages.lists.routes import list_routes

__all__ = ["list_routes"]
