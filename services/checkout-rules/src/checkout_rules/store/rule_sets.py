"""Which rules answer: one document, and all of them read together with the catalogue."""

from collections.abc import Collection

from checkout_rules.domain.active_set import ACTIVE, ActiveSet, SetChange, Slot
from checkout_rules.domain.catalogue import Catalogue
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from checkout_rules.store.catalogue import COLLECTION as CATALOGUE
from checkout_rules.store.catalogue import catalogue_in
from checkout_rules.store.rules import COLLECTION as RULES
from checkout_rules.store.rules import INDEXES as RULE_INDEXES
from checkout_rules.store.rules import terms_in
from checkout_rules.use_cases.rulebook import not_started
from payops_contracts.checkout_rules import PRIORITY_MAX, RuleStatus
from payops_contracts.ids import RuleId
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_kernel.mongo import (
    Collections,
    Document,
    IndexModel,
    Session,
    at_one_instant,
    present,
)

COLLECTION = "rule_set"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: [], CATALOGUE: [], **RULE_INDEXES}


class RuleSetStore:
    """The one document of what answers. Satisfies ``AggregateStore`` and ``ReadsRules``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]
        self._rules = db[RULES]
        self._catalogue = db[CATALOGUE]

    def to_document(self, aggregate: ActiveSet) -> Document:
        """The stored form; a rule's place is its priority and its version."""
        changed = aggregate.changed
        return {
            "_id": ACTIVE,
            "version": aggregate.version,
            "rules": {rule_id: list(slot) for rule_id, slot in aggregate.rules.items()},
        } | present(changed=None if changed is None else changed._asdict())

    def from_document(self, document: Document) -> ActiveSet:
        """The entity back from its document."""
        changed = document.get("changed")
        return ActiveSet(
            document["version"],
            {RuleId(rule_id): Slot(*slot) for rule_id, slot in document["rules"].items()},
            None if changed is None else SetChange(**changed),
        )

    async def active(self, session: Session | None = None) -> RuleSet:
        """The rules that answer, their versions and the catalogue, as of one instant.

        Raises ``Unavailable`` before the service's first start.
        """
        if session is not None:
            return await self._active(session)
        return await at_one_instant(self.collection, self._active)

    async def version(self) -> tuple[int, int]:
        """Of the rule set, and of the catalogue. Each change of either raises the first."""
        versions = [
            await of.find_one({"_id": key}, {"version": 1})
            for of, key in ((self.collection, ACTIVE), (self._catalogue, CATALOGUE_ID))
        ]
        rule_set, catalogue = (0 if each is None else int(each["version"]) for each in versions)
        return rule_set, catalogue

    async def drafts(self) -> list[ActiveRule]:
        """Each rule that has a draft, as the rules that answer would have it."""
        kept = [RuleStatus.DRAFT.value, RuleStatus.ACTIVE.value]
        rows = self._rules.find(
            {"status": {"$in": kept}, "has_draft": True},
            {"priority": 1, "versions": {"$slice": -1}},
        )
        found = []
        async for row in rows:
            (last,) = row["versions"]
            terms = terms_in(last["terms"])
            found.append(ActiveRule(row["_id"], last["number"], row.get("priority"), terms))
        return found

    async def names(self, rule_ids: Collection[RuleId]) -> dict[RuleId, str]:
        """What rules are called, archived ones too."""
        rows = self._rules.find({"_id": {"$in": list(rule_ids)}}, {"name": 1})
        return {row["_id"]: row["name"] for row in await rows.to_list(length=None)}

    async def last_priority(self, session: Session | None = None) -> int:
        """The highest priority number of any rule, archived ones too; 0 when there is none."""
        found = await self._rules.find_one(
            {"order": {"$lte": PRIORITY_MAX}}, {"order": 1}, sort=[("order", -1)], session=session
        )
        return 0 if found is None else int(found["order"])

    async def catalogue(self) -> Catalogue:
        """The catalogue as it is; raises ``Unavailable`` before the service's first start."""
        return catalogue_in(_there(await self._catalogue.find_one({"_id": CATALOGUE_ID})))

    async def _active(self, session: Session) -> RuleSet:
        kept = _there(await self.collection.find_one({"_id": ACTIVE}, session=session))
        catalogue = _there(await self._catalogue.find_one({"_id": CATALOGUE_ID}, session=session))
        places = {RuleId(key): Slot(*slot) for key, slot in kept["rules"].items()}
        rows = self._rules.find(
            {"_id": {"$in": list(places)}},
            {"terms": 1},
            session=session,
            batch_size=len(places) + 1,
        )
        terms = {row["_id"]: row["terms"] for row in await rows.to_list(length=None)}
        rules = (
            ActiveRule(rule_id, slot.version, slot.priority, terms_in(terms[rule_id]))
            for rule_id, slot in places.items()
        )
        return RuleSet.of(kept["version"], rules, catalogue_in(catalogue))


def _there(found: Document | None) -> Document:
    if found is None:
        raise not_started(COLLECTION)
    return found
