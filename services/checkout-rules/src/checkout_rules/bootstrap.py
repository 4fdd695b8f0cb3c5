"""The only place that builds concrete things and joins them."""

from fastapi import APIRouter

from checkout_rules.api.evaluations import evaluation_routes
from checkout_rules.api.hits import hit_routes
from checkout_rules.api.simulations import simulation_routes
from checkout_rules.consumers import PaymentContexts
from checkout_rules.settings import Settings
from checkout_rules.store.contexts import ContextStore
from checkout_rules.store.decisions import DecisionStore
from checkout_rules.store.following import FollowedRules
from checkout_rules.store.hits import HitStore, WrittenHits
from checkout_rules.store.past import PastContexts
from checkout_rules.store.simulations import SimulationStore, SimulationWork
from checkout_rules.use_cases.ask_simulation import KIND, AskSimulation
from checkout_rules.use_cases.evaluate import Evaluate
from payops_contracts.topics import CHECKOUT_RULES, CHECKOUT_RULES_ON_TRANSACTIONS
from payops_kernel.jobs.reads import JobReads
from payops_kernel.messaging.tail import TopicTail
from payops_kernel.runtime import Runtime, Service

SERVICE = "checkout-rules"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    return runtime.service()


def followed(settings: Settings, runtime: Runtime, reads: RuleSetStore) -> FollowedRules:
    """The rules by which this process answers."""
    rules = FollowedRules(reads)
    runtime.prepare(rules.read)
    runtime.run_in_background(rules.follow)
    runtime.run_in_background(TopicTail(settings.kafka, [CHECKOUT_RULES.name], rules).run)
    runtime.health.add("checkout rules", rules.report)
    return rules


def answers(runtime: Runtime, rules: FollowedRules, hits: HitStore) -> tuple[APIRouter, ...]:
    """Evaluations, the decisions that are kept, and how often each rule answered."""
    counted = WrittenHits(hits, runtime.zone, runtime.clock)
    runtime.run_in_background(counted.run)
    evaluate = Evaluate(rules, counted, runtime.store(DecisionStore), runtime.clock)
    return evaluation_routes(evaluate), hit_routes(hits, runtime.zone)


def simulations(runtime: Runtime, reads: RuleSetStore) -> APIRouter:
    """Payments of the past, and other rules replayed on them."""
    runtime.consume_slices(
        CHECKOUT_RULES_ON_TRANSACTIONS, PaymentContexts(runtime.store(ContextStore))
    )
    past, found = runtime.store(PastContexts, runtime.mongo), runtime.store(SimulationStore)
    runtime.jobs.handle(KIND, SimulationWork(reads, past, found, runtime.zone))
    return simulation_routes(
        runtime.commands,
        AskSimulation(reads, runtime.jobs),
        JobReads(runtime.jobs.jobs),
        found,
    )
