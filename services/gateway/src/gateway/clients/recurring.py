"""A payment with its subscription, and a subscription with its payments, under one deadline."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.clients.finding import OfAService
from gateway.clients.parts import Missing, ask, deadline, part, whole
from gateway.clients.services import ServiceClient
from gateway.use_cases.search import Unanswered
from payops_kernel.auth.principals import Principal
from payops_kernel.http.paths import encoded_id

TRANSACTION = "/v1/transactions/{transaction_id}"
SUBSCRIPTION = "/v1/subscriptions/{subscription_id}"
ROWS_MAX = 100
"""As many of its payments as a subscription shows."""

Answer = dict[str, Any]


class RecurringPictures:
    """Asks transactions and subscriptions; of what is not asked about, one that is away costs its
    own part."""

    def __init__(self, reads: Mapping[str, ServiceClient]) -> None:
        """``reads`` are the services by the path that they are asked at."""
        self._transactions = reads[TRANSACTION]
        self._subscriptions = reads[SUBSCRIPTION]
        self._payments = OfAService("transactions", "transaction_id", self._transactions)

    async def of_transaction(
        self, transaction_id: str, caller: Principal
    ) -> tuple[Answer, Answer | None, Sequence[Missing]]:
        """A payment, its subscription if it has one that is known, and who is missing.

        Raises ``NotFound``, ``ServiceDown``.
        """
        until = deadline()
        path = TRANSACTION.format(transaction_id=encoded_id(transaction_id))
        otherwise = f"There is no transaction '{transaction_id}'."
        transaction = await whole(self._transactions, path, caller, until, otherwise)
        subscription_id = transaction["payment"]["subscription_id"]
        if subscription_id is None:
            return transaction, None, ()
        path = SUBSCRIPTION.format(subscription_id=encoded_id(subscription_id))
        service = self._subscriptions
        found = await part(service.name, ask(service, path, (), caller), until)
        if isinstance(found, Missing):
            return transaction, None, (found,)
        return transaction, found, ()

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
