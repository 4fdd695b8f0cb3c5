"""The shop's checkout: before a payment is told for the first time, the checkout rules are asked
which pairs they offer for it, and it is paid with the first.

The answer is kept there under the payment's id. While nobody answers, payments go on with the pair
that they would have had without rules. Of the past nobody is asked, nor of subscriptions' payments.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from payops_contracts.descriptions import PaymentType
from payops_kernel.logging import get_logger
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.seeded_user import SeededUser

EVALUATIONS = "/checkout-rules/evaluations"
DECISIONS = "/checkout-rules/decisions"
AT_ONCE = 10
NEW_MAX = 100
"""So many payments are asked of in one look; of a faster stream the others are not."""
LIVE_S = 60.0
"""Payments that began longer ago are told, not made."""
ANSWER_LIMIT_S = 2.0
PAUSE_S = 5.0
"""How long nobody is asked once nobody has answered."""
REMEMBERED = 20_000
"""Payments of which the pair is known; the facts of one come within a minute or so."""
OWN_FIELDS = ("amount_minor", "currency", "channel", "type")

Data = Mapping[str, Any]

log = get_logger(__name__)


def context_of(payment: Data) -> dict[str, Any]:
    """What the checkout knows of a payment of these data; an attribute's key is a path."""
    context: dict[str, Any] = {}
    for path, value in payment.get("attributes", {}).items():
        *above, last = path.split("/")
        place = context
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return context | {key: payment[key] for key in OWN_FIELDS}


class Checkout:
    """Gives payments that are made now the pairs that the rules offer."""

    def __init__(self, operator: SeededUser, now: Callable[[], float] = time.time) -> None:
        self._operator, self._now = operator, now
        self._since, self._paused_until = now(), 0.0
        self._paid_with: OrderedDict[str, Data] = OrderedDict()
        """Payment → what its data say otherwise."""

    async def through(self, tellings: list[Telling]) -> list[Telling]:
        """The same, payments with their pairs."""
        new = {
            each.event["subject"]: each.event["data"]
            for each in tellings
            if _made_at_a_checkout(each) and each.event["subject"] not in self._paid_with
        }
        self._paid_with.update((key, {}) for key in new)
        if self._now() >= self._paused_until:
            await self._ask(new)
        while len(self._paid_with) > REMEMBERED:
            self._paid_with.popitem(last=False)
        return [self._paid(each) for each in tellings]

    async def _ask(self, new: Mapping[str, Data]) -> None:
        earliest = self._now() - LIVE_S
        live = [key for key, data in new.items() if _begun(data) >= earliest][:NEW_MAX]
        try:
            for start in range(0, len(live), AT_ONCE):
                keys = live[start : start + AT_ONCE]
                asked = (self._record(key, new[key]) for key in keys)
                answers = await asyncio.gather(*asked, return_exceptions=True)
                self._take(keys, new, answers)
        except httpx.HTTPError as error:
            log.warning("simulator.checkout_pauses", why=str(error) or type(error).__name__)
            self._paused_until = self._now() + PAUSE_S

    def _take(
        self,
        keys: Sequence[str],
        new: Mapping[str, Data],
        answers: Sequence[Data | BaseException | None],
    ) -> None:
        """Each payment's answer, for it is kept; then raises the first failure, if there is one."""
        failed: list[BaseException] = []
        for key, answer in zip(keys, answers, strict=True):
            if isinstance(answer, BaseException):
                failed.append(answer)
            else:
                self._paid_with[key] = _paid_with(new[key], answer)
        if failed:
            raise failed[0]

    async def _record(self, key: str, data: Data) -> Data | None:
        """The decision about a payment; None when there is none."""
        if _begun(data) >= self._since:
            body = {"context": context_of(data), "transaction_id": key, "records": False}
            made = await self._operator.ask("POST", EVALUATIONS, json=body)
            answer = made.raise_for_status().json()
            if answer["kept"]:
                return dict(answer["decisions"][0])
        # Begun before a restart, and decided then if ever.
        found = await self._operator.ask("GET", DECISIONS, params={"transaction_id": key})
        items = found.raise_for_status().json()["items"]
        return dict(items[0]) if items else None

    def _paid(self, telling: Telling) -> Telling:
        otherwise = self._paid_with.get(telling.event["subject"])
        if not otherwise or not _made_at_a_checkout(telling):
            return telling
        data = telling.event["data"] | otherwise
        return replace(telling, event=telling.event | {"data": data})


def _made_at_a_checkout(telling: Telling) -> bool:
    """Whether it is a fact of a payment that somebody made there."""
    event = telling.event
    if not event["type"].startswith("upstream.payment."):
        return False
    return str(event["data"]["type"]) != PaymentType.SUBSCRIPTION


def _begun(payment: Data) -> float:
    return datetime.fromisoformat(payment["created_at"]).timestamp()


def _paid_with(payment: Data, record: Data | None) -> Data:
    """What a payment says otherwise when it is paid with the first pair that was offered."""
    if record is None or not record["pairs"]:
        return {}
    first, number = record["pairs"][0], payment["provider_payment_id"].rpartition("-")[2]
    return {
        "provider": first["provider"],
        "method": first["method"],
        "provider_payment_id": f"{first['provider']}-{number}",
    }
