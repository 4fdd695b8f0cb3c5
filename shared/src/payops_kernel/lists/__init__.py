"""Lists, each declared once: filters, orders, columns, and where they lie in MongoDB.

A service writes a :class:`~payops_kernel.lists.filters.Filters` and a
:class:`~payops_kernel.lists.declared.DeclaredList`. From these come the query parameters and their
OpenAPI, the MongoDB conditions and the index, pages and their total, the rows of an answer, the
files of an export, the read-only view, and the rows of a bulk action.
"""
