"""The only place that builds concrete things and joins them."""

from fastapi import APIRouter

from checkout_rules.api.evaluations import evaluation_routes
from checkout_rules.api.hits import hit_routes
from checkout_rules.api.provider_catalogue import catalogue_routes
from checkout_rules.api.rule_changes import active_rule_routes, draft_routes
from checkout_rules.api.rule_list import rule_list
from checkout_rules.api.rules import rule_routes
from checkout_rules.api.simulations import simulation_routes
from checkout_rules.consumers import PaymentContexts
from checkout_rules.publishing.catalogue import catalogue_messages
from checkout_rules.publishing.rules import rule_messages
from checkout_rules.settings import Settings
from checkout_rules.store.catalogue import CatalogueStore
from checkout_rules.store.contexts import ContextStore
from checkout_rules.store.decisions import DecisionStore
from checkout_rules.store.following import FollowedRules
from checkout_rules.store.hits import FollowedHits, HitStore
from checkout_rules.store.past import PastContexts
from checkout_rules.store.restoring import RestoredCatalogue, RestoredRules
from checkout_rules.store.rule_sets import RuleSetStore
from checkout_rules.store.rules import RuleStore
from checkout_rules.store.simulations import SimulationStore, SimulationWork
from checkout_rules.use_cases.active_rules import ActiveRules
from checkout_rules.use_cases.ask_simulation import KIND, AskSimulation
from checkout_rules.use_cases.check_rule import CheckRule
from checkout_rules.use_cases.draft_rules import DraftRules
from checkout_rules.use_cases.evaluate import Evaluate
from checkout_rules.use_cases.first_start import FirstStart
from checkout_rules.use_cases.provider_catalogue import ChangeCatalogue
from checkout_rules.use_cases.rulebook import Rulebook, not_started, rule_not_found
from payops_contracts.topics import CHECKOUT_RULES, CHECKOUT_RULES_ON_TRANSACTIONS
from payops_kernel.jobs.reads import JobReads
from payops_kernel.messaging.tail import TopicTail
from payops_kernel.mongo import in_transaction
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service

SERVICE = "checkout-rules"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    reads = runtime.store(RuleSetStore)
    rules = FollowedRules(reads)
    hits = FollowedHits(runtime.store(HitStore, runtime.zone, runtime.clock))
    life = life_of_rules(runtime, reads, hits, rules)
    follow(settings, runtime, rules, hits)
    evaluate = Evaluate(rules, hits, runtime.store(DecisionStore), runtime.clock)
    return runtime.service(
        *life,
        evaluation_routes(evaluate),
        hit_routes(hits.store, reads, runtime.zone),
        simulations(runtime, reads),
    )


def follow(settings: Settings, runtime: Runtime, rules: FollowedRules, hits: FollowedHits) -> None:
    """What each process keeps up with beside its requests."""
    runtime.prepare(rules.read)
    runtime.health.add("checkout rules", rules.report)
    for work in (
        rules.follow,
        TopicTail(settings.kafka, [CHECKOUT_RULES.name], rules).run,
        hits.run,
    ):
        runtime.run_in_background(work)


def simulations(runtime: Runtime, reads: RuleSetStore) -> APIRouter:
    """Payments of the past, and other rules replayed on them."""
    contexts = PaymentContexts(runtime.store(ContextStore))
    runtime.consume_slices(CHECKOUT_RULES_ON_TRANSACTIONS, contexts)
    past, found = runtime.store(PastContexts, runtime.mongo), runtime.store(SimulationStore)
    runtime.jobs.handle(KIND, SimulationWork(reads, past, found, runtime.zone))
    ask = AskSimulation(reads, runtime.jobs)
    return simulation_routes(runtime.commands, ask, JobReads(runtime.jobs.jobs), found)


def life_of_rules(
    runtime: Runtime, reads: RuleSetStore, hits: FollowedHits, followed: FollowedRules
) -> tuple[APIRouter, ...]:
    """Rules and the catalogue: looked at, written, activated, removed."""
    rules = MongoRepository(runtime.store(RuleStore), missing=rule_not_found, says=rule_messages)
    sets = MongoRepository(reads, missing=not_started, says=nothing_said)
    catalogues = MongoRepository(
        runtime.store(CatalogueStore), missing=not_started, says=catalogue_messages
    )
    runtime.restore(RestoredRules, rules, sets)
    runtime.restore(RestoredCatalogue, catalogues)
    book = Rulebook(rules, sets, catalogues, reads, followed.wake)
    begin = FirstStart(book)

    async def begin_once() -> None:
        works = runtime.worker.works
        done = await in_transaction(runtime.mongo, lambda session: works.by_itself(session, begin))
        done.committed()

    runtime.prepare(begin_once)
    runtime.add_list(rule_list(lambda: followed.evaluator.rule_set.catalogue, hits.last_day))
    active = ActiveRules(book)
    return (
        rule_routes(book.rules, reads, CheckRule(book), active, hits.store),
        draft_routes(runtime.commands, DraftRules(book), reads),
        active_rule_routes(runtime.commands, active),
        catalogue_routes(runtime.commands, book.catalogues, ChangeCatalogue(book)),
    )


def nothing_said(_aggregate: object) -> tuple[()]:
    """What the set of active rules says: the rules do."""
    return ()
