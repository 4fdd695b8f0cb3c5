"""Which transactions a bulk action chose, as they are now, and the previews of what it would do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from payops_kernel.lists.chosen import Chosen
from payops_kernel.lists.reads import chosen_rows
from payops_kernel.mongo import ASCENDING, Collections, Document, IndexModel, Session
from transactions.domain.bulk_previews import PreviewRow
from transactions.store.transactions import COLLECTION

PREVIEW_LIVES = timedelta(hours=1)
EXPIRY = IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)


class MongoPreviews:
    """The previews of one kind; their ids begin with ``prefix``."""

    def __init__(self, db: Collections, collection: str, prefix: str) -> None:
        self._transactions = db[COLLECTION]
        self._previews = db[collection]
        self._prefix = prefix

    async def chosen(self, chosen: Chosen, limit: int, fields: Document) -> list[Document]:
        """``fields`` of at most ``limit`` ones: by filter in the list's order, or as selected."""
        return await chosen_rows(self._transactions, chosen, limit, fields)

    async def keep_preview(self, owner: str, rows: Sequence[PreviewRow]) -> str:
        """Store a preview for an hour."""
        preview_id = f"{self._prefix}-{uuid4().hex}"
        await self._previews.insert_one(
            {
                "_id": preview_id,
                "owner": owner,
                "rows": [list(row) for row in rows],
                "expires_at": datetime.now(UTC) + PREVIEW_LIVES,
            }
        )
        return preview_id

    async def preview_rows(
        self, preview_id: str, owner: str, session: Session
    ) -> list[PreviewRow] | None:
        """The rows of a preview of this owner that is not too old."""
        alive = {"_id": preview_id, "owner": owner, "expires_at": {"$gt": datetime.now(UTC)}}
        found = await self._previews.find_one(alive, session=session)
        return None if found is None else [PreviewRow(*row) for row in found["rows"]]
