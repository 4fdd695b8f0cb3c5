"""The rules by which this process answers: the newest version that is stored, within a second."""

import asyncio
from contextlib import suppress
from typing import Protocol

from checkout_rules.domain.current import CurrentRules
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.rule_set import RuleSet
from payops_kernel.errors import PayOpsError, Unavailable
from payops_kernel.http.health import Report
from payops_kernel.logging import get_logger
from payops_kernel.messaging.tail import Records
from payops_kernel.mongo import PyMongoError

LOOK_SECONDS = 0.8
"""How often one looks whatever Kafka tells, which may be away."""

log = get_logger(__name__)


class RulesNotRead(Unavailable):
    """The process has begun, and MongoDB has not answered yet."""

    code = "checkout_rules_not_read"


class StoredRuleSet(Protocol):
    """Where the active rules are kept."""

    async def active(self) -> RuleSet:
        """Rules and catalogue, read together."""
        ...

    async def version(self) -> tuple[int, int]:
        """The versions of both."""
        ...


class FollowedRules:
    """Satisfies the ``Follower`` of a topic's tail: whatever it tells is a reason to look.

    What is read is the store, never the event: rules and catalogue have to be of one instant.
    """

    def __init__(self, stored: StoredRuleSet) -> None:
        self._stored = stored
        self._current: CurrentRules | None = None
        self._reading = asyncio.Lock()
        self._woken = asyncio.Event()

    @property
    def evaluator(self) -> Evaluator:
        """What answers now; raises ``RulesNotRead`` before the first look."""
        if self._current is None:
            raise RulesNotRead("The rules have not been read yet; try again.")
        return self._current.evaluator

    async def read(self) -> None:
        """Answer by what is stored. Rules are compiled in a thread: many take half a second."""
        async with self._reading:
            current = self._current
            if current is None:
                rule_set = await self._stored.active()
                self._current = await asyncio.to_thread(CurrentRules, rule_set)
            elif await self._stored.version() > current.version:
                await asyncio.to_thread(current.take, await self._stored.active())
            else:
                return
        log.info("checkout_rules.hold", version=self.evaluator.rule_set.version)

    async def follow(self) -> None:
        """Keep to what is stored, until cancelled; while it cannot be read the last version holds.

        A rule set that is not there yet is one that no worker has made yet.
        """
        while True:
            self._woken.clear()
            try:
                await self.read()
            except (PyMongoError, PayOpsError) as error:
                log.debug("checkout_rules.unread", error=str(error)[:200])
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()

    def wake(self) -> None:
        """Look at once: this process has changed the rules."""
        self._woken.set()

    def begin(self) -> None:
        """The topic is followed from now on; what was said before may not have been heard."""
        self.wake()

    def take(self, _records: Records) -> None:
        """Something changed."""
        self.wake()

    def look(self) -> None:
        """Whether the broker answers makes no difference: there is a look every 0.8 seconds."""

    def report(self) -> Report:
        """What ``/health/ready`` says: a process without rules is not ready."""
        return Report() if self._current else Report(("The checkout rules are not read yet.",))
