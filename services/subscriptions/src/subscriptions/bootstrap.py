"""The only place that builds concrete things and joins them."""

from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service
from subscriptions.api.subscription_list import SUBSCRIPTION_LIST
from subscriptions.api.subscriptions import cancellation_routes, subscription_routes
from subscriptions.consumers import consume
from subscriptions.publishing.subscriptions import StepMessages
from subscriptions.settings import Settings
from subscriptions.store.restoring import RestoredSubscriptions
from subscriptions.store.subscriptions import SubscriptionStore
from subscriptions.use_cases.cancel import (
    CancelSubscription,
    KeepSubscription,
    subscription_not_found,
)
from subscriptions.use_cases.step_when_due import STEP_DUE, DueAfterStep, StepWhenDue

SERVICE = "subscriptions"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    rules = settings.rules()
    subscriptions = MongoRepository(
        runtime.store(SubscriptionStore, rules),
        missing=subscription_not_found,
        says=StepMessages(rules),
        due=DueAfterStep(rules),
    )
    consume(runtime, subscriptions, rules)
    runtime.due.handle(STEP_DUE, StepWhenDue(subscriptions, rules), together=True)
    runtime.restore(RestoredSubscriptions, subscriptions, runtime.due.rows, rules, runtime.clock)
    runtime.add_list(SUBSCRIPTION_LIST)
    return runtime.service(
        subscription_routes(subscriptions, rules, runtime.clock, runtime.cursors),
        cancellation_routes(
            runtime.commands,
            CancelSubscription(subscriptions, rules),
            KeepSubscription(subscriptions),
        ),
    )
