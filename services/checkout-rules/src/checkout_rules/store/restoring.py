"""After a restore from backup: what was changed since is put back, as its events have told it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson

from checkout_rules.domain.active_set import ACTIVE, ActiveSet, Slot
from checkout_rules.domain.catalogue import Catalogue
from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.recovering import Forgotten, Told, put_back
from checkout_rules.domain.rule import Doing, Rule
from checkout_rules.domain.writing import catalogue_pairs
from checkout_rules.publishing.catalogue import catalogue_message
from checkout_rules.publishing.rules import SAID_AGAIN, SOURCE, restated_message
from checkout_rules.store.catalogue import INDEXES as CATALOGUE_INDEXES
from checkout_rules.store.catalogue import CatalogueStore
from checkout_rules.store.rules import INDEXES as RULE_INDEXES
from checkout_rules.store.rules import RuleStore
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_contracts.topics import CHECKOUT_RULES
from payops_kernel.mongo import Collections, Document, Session
from payops_kernel.ports import OutgoingMessage
from payops_kernel.repository import MongoRepository
from payops_kernel.restoring import STEP

_RULE, _CATALOGUE = "payops.checkout-rule.", "payops.provider-catalogue."
"""How the types of their events begin: one topic has both."""


class RestoredRules:
    """Satisfies ``RestoringRules``."""

    indexes = RULE_INDEXES

    def __init__(
        self, db: Collections, rules: MongoRepository[Rule], sets: MongoRepository[ActiveSet]
    ) -> None:
        self._store = RuleStore(db)
        self._kept = (rules, sets)
        self.topic = CHECKOUT_RULES.name
        self.collection = self._store.collection

    def lesson(self) -> "ToldRules":
        """A new reading of what was published."""
        return ToldRules(*self._kept)

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """A rule's state, its version raised already."""
        return restated_message(self._store.from_document(document), at, restoration)


class ToldRules:
    """Satisfies ``Lesson``: every step of every rule. People make them, so they are few."""

    def __init__(self, rules: MongoRepository[Rule], sets: MongoRepository[ActiveSet]) -> None:
        self._rules = rules
        self._sets = sets
        self.told: dict[str, list[Told]] = defaultdict(list)

    def learn(self, value: bytes) -> None:
        """Of an event about a rule all that it says."""
        event = orjson.loads(value)
        if event["type"].startswith(_RULE):
            told = Told.of(int(event["sequence"]), event["data"])
            self.told[told.rule_id].append(told)

    async def settle(self, session: Session) -> Sequence[str]:
        """Have rules be as they were told last, and the same ones answer."""
        found = await self._rules.load_many(list(self.told), session)
        put: list[Rule] = []
        findings = []
        for rule_id, told in sorted(self.told.items()):
            try:
                rule = put_back(found.get(rule_id), told)
            except Forgotten as error:
                findings.append(f"{error} Look at the rule: it is as the backup has it.")
                continue
            put += [] if rule is None else [rule]
        added = [each for each in put if each.id not in found]
        changed = [each for each in put if each.id in found]
        await self._rules.save_many(changed, session, added)
        await self._answer(put, session)
        if put:
            findings.append(
                f"{len(put)} checkout rules were changed after the backup: they are put back as "
                "they were told last, and answer so."
            )
        return findings

    async def _answer(self, put: Iterable[Rule], session: Session) -> None:
        """What answers, under a version that no decision has named."""
        sets = await self._sets.load_many([ACTIVE], session)
        active = sets.get(ACTIVE, ActiveSet())
        for rule in put:
            if rule.active_number is None:
                active.rules.pop(rule.id, None)
            else:
                active.rules[rule.id] = Slot(rule.priority, rule.active_number)
        told = (each.rule_set_version for every in self.told.values() for each in every)
        active.version = (max([active.version, *told]) // STEP + 1) * STEP
        changed, added = ([active], []) if sets else ([], [active])
        await self._sets.save_many(changed, session, added)


class RestoredCatalogue:
    """Satisfies ``RestoringRules`` for the one document of the catalogue."""

    indexes = CATALOGUE_INDEXES

    def __init__(self, db: Collections, catalogues: MongoRepository[KeptCatalogue]) -> None:
        self._store = CatalogueStore(db)
        self._catalogues = catalogues
        self.topic = CHECKOUT_RULES.name
        self.collection = self._store.collection

    def lesson(self) -> "ToldCatalogue":
        """A new reading of what was published."""
        return ToldCatalogue(self._catalogues)

    def restated(self, document: Document, at: datetime, _restoration: str) -> OutgoingMessage:
        """The catalogue, its version raised already."""
        doing = Doing(SOURCE, at, SAID_AGAIN)
        return catalogue_message(self._store.from_document(document), doing)


class ToldCatalogue:
    """Satisfies ``Lesson``: the catalogue as it was told last."""

    def __init__(self, catalogues: MongoRepository[KeptCatalogue]) -> None:
        self._catalogues = catalogues
        self.last: KeptCatalogue | None = None

    def learn(self, value: bytes) -> None:
        """Of an event about the catalogue all that it says."""
        event = orjson.loads(value)
        if event["type"].startswith(_CATALOGUE):
            data = event["data"]
            catalogue = Catalogue.of(data["version"], catalogue_pairs(data["pairs"]))
            if self.last is None or catalogue.version > self.last.version:
                at = datetime.fromisoformat(data["changed_at"])
                doing = Doing(data["changed_by"], at, data.get("reason"))
                self.last = KeptCatalogue(catalogue, doing)

    async def settle(self, session: Session) -> Sequence[str]:
        """Have the catalogue be so."""
        found = await self._catalogues.load_many([CATALOGUE_ID], session)
        kept = found.get(CATALOGUE_ID)
        if self.last is None or (kept is not None and kept.version >= self.last.version):
            return []
        changed, added = ([], [self.last]) if kept is None else ([self.last], [])
        await self._catalogues.save_many(changed, session, added)
        return [f"The provider catalogue is put back to version {self.last.version}."]
