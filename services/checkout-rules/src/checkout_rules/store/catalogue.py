"""The provider catalogue as one document, and back."""

from checkout_rules.domain.catalogue import Catalogue
from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.rule import Doing
from checkout_rules.domain.writing import catalogue_pairs, written_catalogue
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_kernel.mongo import Collections, Document, IndexModel, present

COLLECTION = "provider_catalogue"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}


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
