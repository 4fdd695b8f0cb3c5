"""The provider catalogue as one document, and back."""

import asyncio

from checkout_rules.domain.catalogue import Catalogue, built_in
from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.rule import Doing
from checkout_rules.domain.writing import catalogue_pairs, written_catalogue
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Collections, Document, IndexModel, PyMongoError, present

COLLECTION = "provider_catalogue"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}
LOOK_SECONDS = 1.0

log = get_logger(__name__)


class CatalogueStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: KeptCatalogue) -> Document:
        """The stored form."""
        document: Document = {
            "_id": CATALOGUE_ID,
            "version": aggregate.version,
            "pairs": written_catalogue(aggregate.catalogue),
        }
        if (changed := aggregate.changed) is not None:
            by = present(by=changed.by, at=changed.at, reason=changed.reason)
            document["changed"] = by
        return document

    def from_document(self, document: Document) -> KeptCatalogue:
        """The entity back from its document."""
        changed = document.get("changed")
        return KeptCatalogue(catalogue_in(document), None if changed is None else Doing(**changed))


def catalogue_in(document: Document) -> Catalogue:
    """The catalogue out of its document."""
    return Catalogue.of(document["version"], catalogue_pairs(document["pairs"]))


class FollowedCatalogue:
    """The catalogue as stored, for what shows many rules: read again every second."""

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._catalogue = built_in()

    def __call__(self) -> Catalogue:
        """At present."""
        return self._catalogue

    def hold(self, catalogue: Catalogue) -> None:
        """Show this one from now on."""
        self._catalogue = catalogue

    async def read(self) -> None:
        """Take what is stored."""
        found = await self._store.collection.find_one({"_id": CATALOGUE_ID})
        if found is not None and found["version"] != self._catalogue.version:
            self.hold(catalogue_in(found))

    async def follow(self) -> None:
        """Keep to what is stored, until cancelled."""
        while True:
            try:
                await self.read()
            except PyMongoError as error:
                log.debug("provider_catalogue.unread", error=str(error)[:200])  # the last one holds
            await asyncio.sleep(LOOK_SECONDS)
