"""What the provider catalogue says of refunds, out of its events; the built-in one until then.

Every process follows what is stored within a second.
"""

import asyncio

from payops_contracts.provider_catalogue import CATALOGUE_ID, ProviderCatalogueChangedV1
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Collections, Document, IndexModel, PyMongoError, Session
from transactions.domain.refundability import BUILT_IN, CanRefund, RefundCatalogue

COLLECTION = "provider_catalogue"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}
LOOK_SECONDS = 0.5

log = get_logger(__name__)


class CatalogueStore:
    """One document, found by its ``_id``, so that there is no other index."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._collection = db[COLLECTION]

    async def held(self) -> RefundCatalogue:
        """What the newest event said."""
        found = await self._collection.find_one({"_id": CATALOGUE_ID})
        return BUILT_IN if found is None else _catalogue(found)

    async def keep(self, event: ProviderCatalogueChangedV1, session: Session) -> None:
        """Take an event in; one that is no newer by its sequence changes nothing."""
        known = await self._collection.find_one({"_id": CATALOGUE_ID}, session=session)
        if known is not None and known["sequence"] >= event.version:
            return
        said = RefundCatalogue.of(event.data.version, event.data.pairs)
        document = {
            "sequence": event.version,
            "version": said.version,
            "without_refunds": sorted(map(list, said.without_refunds)),
        }
        await self._collection.replace_one(
            {"_id": CATALOGUE_ID}, document, upsert=True, session=session
        )


class FollowedCatalogue:
    """Whether a pair has refunds, as stored: looked at again twice a second."""

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._held = BUILT_IN
        self._is_read = False

    async def known(self) -> CanRefund:
        """The same for who decides by it: never the built-in one where another one is stored."""
        if not self._is_read:
            await self.read()
        return self

    def __call__(self, provider: str, method: str) -> bool:
        """At present."""
        return self._held.can_refund(provider, method)

    async def read(self) -> None:
        """Obey what is stored from now on."""
        held = await self._store.held()
        self._is_read = True
        if held != self._held:
            log.info("refund_catalogue.holds", version=held.version)
            self._held = held

    async def follow(self) -> None:
        """Keep to what is stored, until cancelled."""
        while True:
            try:
                await self.read()
            except PyMongoError as error:
                log.debug("refund_catalogue.unread", error=str(error)[:200])  # the last one holds
            await asyncio.sleep(LOOK_SECONDS)


def _catalogue(document: Document) -> RefundCatalogue:
    pairs = frozenset((provider, method) for provider, method in document["without_refunds"])
    return RefundCatalogue(document["version"], pairs)
