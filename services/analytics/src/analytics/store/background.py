"""What the worker does beside counting: verify now and then, and renew old facts once."""

import asyncio
import time
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError

from analytics.domain.payment_facts import PaymentFact
from analytics.store.payments import PaymentStore
from analytics.use_cases.record_payments import renew_payments
from analytics.use_cases.verify_kpis import VerifyKpis
from payops_contracts.topics import ANALYTICS_ON_TRANSACTIONS
from payops_kernel.errors import DeadLetter, Unavailable
from payops_kernel.logging import get_logger
from payops_kernel.messaging import Record
from payops_kernel.mongo import Mongo, PyMongoError, Session, in_transaction
from payops_kernel.restoring.logs import values

LOOK_SECONDS = 1.0
RETRY_SECONDS = 5.0
BATCH_FACTS = 500
BATCH_DEADLINE_SECONDS = 60.0

log = get_logger(__name__)


async def verify_for_ever(verify: VerifyKpis) -> None:
    """Until cancelled; whatever fails is logged, and comes again when it is due."""
    while True:
        try:
            await verify.when_due()
        except PyMongoError as error:
            log.warning("kpi.not_verified", error=f"{type(error).__name__}: {error}"[:200])
        await asyncio.sleep(LOOK_SECONDS)


class FactRenewal:
    """Tells facts of form 1 once more, out of the log, so that they count in all parts.

    Each is renewed in one transaction with its bucket and by the state that it has: the consumer
    goes on meanwhile, and whoever is slower sees what the other did. A fact whose events the log
    has lost is renewed with what it knows.
    """

    def __init__(
        self,
        mongo: Mongo,
        kafka: str,
        store: PaymentStore,
        fact_of: Callable[[Record], PaymentFact],
    ) -> None:
        self._mongo = mongo
        self._kafka = kafka
        self._store = store
        self._fact_of = fact_of

    async def run(self) -> None:
        """Until all are renewed; at most half of the time at work, so that others get on."""
        while True:
            try:
                if not await self._store.is_renewed():
                    await self._renew()
            except (PyMongoError, KafkaError, OSError, TimeoutError, Unavailable) as error:
                log.warning("facts.renewal_waits", error=f"{type(error).__name__}: {error}"[:200])
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _renew(self) -> None:
        log.info("facts.renewing")
        batch: list[PaymentFact] = []
        async for value in values(self._kafka, ANALYTICS_ON_TRANSACTIONS.topic.name):
            try:
                batch.append(self._fact_of(Record("", 0, 0, 0, None, value, ())))
            except DeadLetter:  # it was one when it was counted
                continue
            if len(batch) == BATCH_FACTS:
                await self._take(batch)
                batch = []
        await self._take(batch)
        after = ""
        while left := await self._store.not_renewed(after, BATCH_FACTS):
            await self._take(left)
            after = left[-1].transaction_id
        await self._store.all_renewed()
        log.info("facts.renewed")

    async def _take(self, told: Sequence[PaymentFact]) -> None:
        began = time.monotonic()

        async def body(session: Session) -> None:
            await renew_payments(self._store.within(session), told)

        await in_transaction(self._mongo, body, deadline_seconds=BATCH_DEADLINE_SECONDS)
        await asyncio.sleep(time.monotonic() - began)
