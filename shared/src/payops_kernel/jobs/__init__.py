"""Long work with progress: exports, bulk actions, everything that outlives a request.

A job is a document; a worker claims it with a lease and runs it by its kind. Work over rows does
each row exactly once (:mod:`~payops_kernel.jobs.row_work`), through crashes and cancels.
"""
