"""The rows of an export: the list's own conditions, or ids that somebody selected."""

from collections.abc import Sequence

from payops_kernel.exports.reading import RowQuery
from payops_kernel.http.lists import Sort
from transactions.store.transaction_reads import KNOWN, mongo_filter
from transactions.store.transactions import COLLECTION
from transactions.use_cases.filters import TransactionFilter


def filtered_rows(wanted: TransactionFilter, sort: Sort) -> RowQuery:
    """The rows that the list shows for a filter, in its order."""
    return RowQuery(COLLECTION, mongo_filter(wanted, sort.keys[0].field.path), sort)


def selected_rows(ids: Sequence[str], sort: Sort) -> RowQuery:
    """The rows with these ids, as far as there are any."""
    known = {"_id": {"$in": sorted(set(ids))}, "created_at": KNOWN["created_at"]}
    # One batch: every further one would look up all ids again.
    return RowQuery(COLLECTION, known, sort, batch_rows=len(ids))
