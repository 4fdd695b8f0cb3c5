"""Bulk actions: choose rows of a list, preview what would be done, confirm it, do it as a job.

A use case declares a :class:`~payops_kernel.bulk.action.BulkAction` and does one row; a store says
how rows are looked at (:class:`~payops_kernel.bulk.bulk.Candidates`), and
:func:`~payops_kernel.bulk.routes.bulk_routes` makes the routes.
"""
