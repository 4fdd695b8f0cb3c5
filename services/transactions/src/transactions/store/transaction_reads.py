"""Lists and details out of MongoDB, each with an index behind it."""

from datetime import UTC, datetime
from typing import Any

from payops_contracts.payments import PaymentType, TransactionStatus
from payops_kernel.http.counts import RememberedCounts
from payops_kernel.http.filters import any_of, closed, combine, half_open, prefix
from payops_kernel.http.lists import COUNT_CAP, FindPlan, Page, PageRequest, read_page
from payops_kernel.mongo import ChosenWay, Database, Document, IndexChoice, count_up_to, find_rows
from transactions.domain.searching import CUSTOMER_PREFIX, typed
from transactions.store.transactions import BY_FACETS, COLLECTION, FACETS, FILTERED, WAYS
from transactions.use_cases.filters import TransactionFilter

ROW_FIELDS = dict.fromkeys(
    (
        "status",
        "created_at",
        "amount_minor",
        "currency",
        "method",
        "channel",
        "provider",
        "type",
        "total_refunded_minor",
        "in_flight_minor",
        "lost_minor",
        "open_disputes",
        "subscription_id",
        "user.email",
        "notification_channels",
        "flags",
    ),
    1,
)
# A placeholder for facts about a transaction that is not known yet has no date and no amount:
# a bound on what the list is sorted by leaves it out, at no cost.
KNOWN: Document = {
    "created_at": {"$gte": datetime.min.replace(tzinfo=UTC)},
    "amount_minor": {"$gte": 0},
}
# No condition at all, but mongod uses an index only from its first field on: with these, a filter
# by channel or method finds its rows by the index of all facets.
_EVERY_LEADING: Document = {
    "status": {"$in": sorted(status.value for status in TransactionStatus)},
    "type": {"$in": sorted(kind.value for kind in PaymentType)},
}


def mongo_filter(wanted: TransactionFilter, sorted_by: str) -> Document:
    """The filter as MongoDB conditions, for rows that are sorted by a field, by any index."""
    return _by_index(_asked(wanted), sorted_by, None)


def _by_index(asked: Document, sorted_by: str, index: str | None) -> Document:
    by_facets = index == BY_FACETS or (index is None and not asked.keys().isdisjoint(FACETS))
    return {sorted_by: KNOWN[sorted_by]} | (_EVERY_LEADING if by_facets else {}) | asked


def _asked(wanted: TransactionFilter) -> Document:
    return combine(
        {
            "status": any_of(status.value for status in wanted.status),
            "method": any_of(wanted.method),
            "channel": any_of(wanted.channel),
            "provider": any_of(wanted.provider),
            "type": any_of(kind.value for kind in wanted.type),
            "currency": any_of(wanted.currency),
            "created_at": half_open("created", wanted.created_from, wanted.created_to),
            "amount_minor": closed("amount", wanted.amount_from, wanted.amount_to),
            "search": any_of(CUSTOMER_PREFIX + customer for customer in wanted.customer),
            "$or": _found_by(wanted.q),
        }
    )


def _found_by(text: str | None) -> list[Document] | None:
    """A transaction ID or its beginning; the beginning of the customer's e-mail or name."""
    if text is None or not text.strip():
        return None
    # One word must lie within both bounds; without $elemMatch two words may meet one bound each.
    people = [{"search": {"$elemMatch": prefix(form)}} for form in typed(text)]
    return [{"_id": prefix(text.strip())}, *people]


class MongoTransactionReads:
    """Satisfies ``TransactionReads``."""

    def __init__(self, db: Database) -> None:
        self._rows = db[COLLECTION]
        self._counts = RememberedCounts()
        self._indexes = IndexChoice(self._rows, WAYS, FILTERED)

    async def page(self, wanted: TransactionFilter, page: PageRequest) -> Page[dict[str, Any]]:
        """One page; counts only when the rows do not tell the total themselves."""
        sorted_by = page.sort.keys[0].field.path
        query, way = await self.way_to_page(wanted, sorted_by, page.limit)

        async def fetch(plan: FindPlan) -> list[Document]:
            return await find_rows(
                self._rows,
                plan.filter,
                sort=plan.sort,
                limit=plan.limit,
                projection=ROW_FIELDS,
                way=way,
            )

        async def count() -> int | None:
            return await self._counts.of(page.scope, count_anew)

        async def count_anew() -> int | None:
            query, index = await self.way_to_count(wanted, sorted_by)
            return await count_up_to(self._rows, query, COUNT_CAP + 1, hint=index)

        return await read_page(page, query, fetch, count)

    async def way_to_page(
        self, wanted: TransactionFilter, sorted_by: str, limit: int
    ) -> tuple[Document, ChosenWay]:
        """The conditions for a page of so many rows, and how to find them."""
        asked = _asked(wanted)
        way = await self._indexes.for_page(asked, in_order_of=sorted_by, limit=limit)
        return _by_index(asked, sorted_by, way.index), way

    async def way_to_count(
        self, wanted: TransactionFilter, sorted_by: str
    ) -> tuple[Document, str | None]:
        """The same for a count of the rows of a list in this order."""
        asked = _asked(wanted)
        index = await self._indexes.for_count(asked, limit=COUNT_CAP + 1)
        return _by_index(asked, sorted_by, index), index

    async def detail(self, transaction_id: str) -> Document | None:
        """One transaction's document."""
        found: Document | None = await self._rows.find_one(
            {"_id": transaction_id, "version": {"$gt": 0}}
        )
        return found
