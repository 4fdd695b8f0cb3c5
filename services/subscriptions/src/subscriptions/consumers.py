"""Which topics this service reads, and what folds them: a table of contents."""

from payops_contracts.topics import SUBSCRIPTIONS_ON_TRANSACTIONS, SUBSCRIPTIONS_ON_UPSTREAM
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime
from subscriptions.domain.facts import Fact
from subscriptions.domain.folding import fold
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import Subscription
from subscriptions.events import Facts


def consume(runtime: Runtime, subscriptions: MongoRepository[Subscription], rules: Rules) -> None:
    """``upstream.subscriptions`` and ``payops.transactions`` → subscriptions."""
    facts = Facts(rules.zone)

    def folding(subscription: Subscription | None, fact: Fact) -> Subscription:
        return fold(subscription, fact, rules)

    runtime.consume(
        SUBSCRIPTIONS_ON_UPSTREAM,
        subscriptions,
        fact=facts.upstream,
        key=lambda fact: fact.subscription_id,
        fold=folding,
        contradiction=lambda subscription: subscription.contradiction,
    )
    runtime.consume(
        SUBSCRIPTIONS_ON_TRANSACTIONS,
        subscriptions,
        fact=facts.payment,
        key=lambda fact: fact.subscription_id,
        fold=folding,
    )
