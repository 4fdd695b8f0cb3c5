"""The only place that builds concrete things and joins them."""

from fastapi import APIRouter

from checkout_rules.api.provider_catalogue import catalogue_routes
from checkout_rules.api.rule_changes import active_rule_routes, draft_routes
from checkout_rules.api.rule_list import rule_list
from checkout_rules.api.rules import rule_routes
from checkout_rules.publishing.catalogue import catalogue_messages
from checkout_rules.publishing.rules import rule_messages
from checkout_rules.settings import Settings
from checkout_rules.store.catalogue import CatalogueStore, FollowedCatalogue
from checkout_rules.store.restoring import RestoredCatalogue, RestoredRules
from checkout_rules.store.rule_sets import RuleSetStore
from checkout_rules.store.rules import RuleStore
from checkout_rules.use_cases.active_rules import ActiveRules
from checkout_rules.use_cases.check_rule import CheckRule
from checkout_rules.use_cases.draft_rules import DraftRules
from checkout_rules.use_cases.first_start import FirstStart
from checkout_rules.use_cases.provider_catalogue import ChangeCatalogue
from checkout_rules.use_cases.rulebook import Rulebook, not_started, rule_not_found
from payops_kernel.mongo import in_transaction
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service

SERVICE = "checkout-rules"


def bootstrap(_settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    reads = runtime.store(RuleSetStore)
    return runtime.service(*life_of_rules(runtime, reads))


def life_of_rules(runtime: Runtime, reads: RuleSetStore) -> tuple[APIRouter, ...]:
    """Rules and the catalogue: looked at, written, activated, removed."""
    kept = runtime.store(CatalogueStore)
    rules = MongoRepository(runtime.store(RuleStore), missing=rule_not_found, says=rule_messages)
    sets = MongoRepository(reads, missing=not_started, says=nothing_said)
    catalogues = MongoRepository(kept, missing=not_started, says=catalogue_messages)
    runtime.restore(RestoredRules, rules, sets)
    runtime.restore(RestoredCatalogue, catalogues)
    book = Rulebook(rules, sets, catalogues, reads)
    begin = FirstStart(book)

    async def begin_once() -> None:
        works = runtime.worker.works
        await in_transaction(runtime.mongo, lambda session: works.by_itself(session, begin))

    runtime.prepare(begin_once)
    shown = FollowedCatalogue(kept)
    runtime.run_in_background(shown.follow)
    runtime.add_list(rule_list(shown))
    active = ActiveRules(book)
    return (
        rule_routes(book.rules, reads, CheckRule(book), active),
        draft_routes(runtime.commands, DraftRules(book), reads),
        active_rule_routes(runtime.commands, active),
        catalogue_routes(runtime.commands, book.catalogues, ChangeCatalogue(book, shown.hold)),
    )


def nothing_said(_aggregate: object) -> tuple[()]:
    """What the set of active rules says: the rules do."""
    return ()
