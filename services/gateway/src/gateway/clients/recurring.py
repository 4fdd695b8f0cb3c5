"""A payment with its subscription and the decision that chose its pairs, and a subscription with
its payments, each under one deadline."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gateway.clients.finding import OfAService
from gateway.clients.parts import Missing, ask, deadline, part, whole
from gateway.clients.services import ServiceClient
from gateway.use_cases.search import Unanswered
from payops_kernel.auth.principals import Principal
from payops_kernel.http.paths import encoded_id

TRANSACTION = "/v1/transactions/{transaction_id}"
SUBSCRIPTION = "/v1/subscriptions/{subscription_id}"
DECISIONS = "/v1/checkout-rules/decisions"
ROWS_MAX = 100
"""As many of its payments as a subscription shows."""

Answer = dict[str, Any]


class OfTransaction(NamedTuple):
    """What is known of a payment."""

    transaction: Answer
    subscription: Answer | None
    """If it has one that is known."""
    decision: Answer | None
    """The decision that chose its pairs, if one is kept."""
    missing: Sequence[Missing]


class RecurringPictures:
    """Asks transactions, subscriptions and checkout rules; of what is not asked about, one that is
    away costs its own part."""

    def __init__(self, reads: Mapping[str, ServiceClient]) -> None:
        """``reads`` are the services by the path that they are asked at."""
        self._transactions = reads[TRANSACTION]
        self._subscriptions = reads[SUBSCRIPTION]
        self._rules = reads.get(DECISIONS)
        self._payments = OfAService("transactions", "transaction_id", self._transactions)

    async def of_transaction(self, transaction_id: str, caller: Principal) -> OfTransaction:
        """A payment with what lies beside it; raises ``NotFound``, ``ServiceDown``."""
        until = deadline()
        path = TRANSACTION.format(transaction_id=encoded_id(transaction_id))
        otherwise = f"There is no transaction '{transaction_id}'."
        transaction, decisions = await asyncio.gather(
            whole(self._transactions, path, caller, until, otherwise),
            self._asked(self._rules, DECISIONS, caller, until, transaction_id=transaction_id),
        )
        subscription: Answer | Missing | None = None
        if (subscription_id := transaction["payment"]["subscription_id"]) is not None:
            path = SUBSCRIPTION.format(subscription_id=encoded_id(subscription_id))
            subscription = await self._asked(self._subscriptions, path, caller, until)
        missing = [each for each in (subscription, decisions) if isinstance(each, Missing)]
        kept = () if isinstance(decisions, Missing) or decisions is None else decisions["items"]
        return OfTransaction(
            transaction,
            None if isinstance(subscription, Missing) else subscription,
            next(iter(kept), None),
            missing,
        )

    async def _asked(
        self,
        service: ServiceClient | None,
        path: str,
        caller: Principal,
        until: float,
        **query: str,
    ) -> Answer | Missing | None:
        """A service's answer; None where there is none to ask, or no such thing."""
        if service is None:
            return None
        return await part(service.name, ask(service, path, query.items(), caller), until)

    async def of_subscription(
        self, subscription_id: str, caller: Principal
    ) -> tuple[Answer, Sequence[Mapping[str, Any]], Sequence[Missing]]:
        """A subscription, its newest payments as transactions has them, and who is missing.

        Raises ``NotFound``, ``ServiceDown``.
        """
        until, asked = deadline(), [("subscription_id", subscription_id), ("limit", str(ROWS_MAX))]
        path = SUBSCRIPTION.format(subscription_id=encoded_id(subscription_id))
        otherwise = f"There is no subscription '{subscription_id}'."
        subscription, found = await asyncio.gather(
            whole(self._subscriptions, path, caller, until, otherwise),
            self._payments.rows(asked, caller, until),
        )
        if isinstance(found, Unanswered):
            return subscription, (), (Missing(found.service, found.detail),)
        return subscription, found.rows, ()
