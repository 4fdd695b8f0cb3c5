"""How long the oldest message has waited for the relay, and what that means for writes over HTTP.

Every process of a service looks for itself, those without a relay too: what is refused is what
would be put behind a line that does not move.
"""

import asyncio
import math
from dataclasses import dataclass

from payops_kernel.errors import PayOpsError
from payops_kernel.logging import get_logger
from payops_kernel.messaging.outbox import COLLECTION
from payops_kernel.mongo import ASCENDING, Document, Mongo, PyMongoError
from payops_kernel.telemetry import Metrics

RELAY_LAG_MAX_SECONDS = 60.0
"""Far above a broker's restart or election: those must not refuse anybody."""
LOOK_SECONDS = 1.0
LOOK_TIMEOUT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 10
"""What a refused caller is told to wait."""

# On mongod's clock, which also filled ``order``; only the index is read.
_AGE_OF_OLDEST: list[Document] = [
    {"$sort": {"order": ASCENDING}},
    {"$limit": 1},
    {"$project": {"_id": 0, "age_ms": {"$subtract": ["$$NOW", {"$toDate": "$order"}]}}},
]

log = get_logger(__name__)


class RelayBehind(PayOpsError):
    """Messages have waited for the relay for too long; nothing is put behind them."""

    code = "relay_behind"
    title = "Changes are not taken for the moment"
    status = 429
    retryable = True


@dataclass(slots=True)
class RelayLag:
    """One database's relay lag, renewed every :data:`LOOK_SECONDS` while :meth:`run` runs."""

    mongo: Mongo
    metrics: Metrics
    seconds: float | None = None
    """Age of the oldest outbox document; None while unknown, and then nobody is refused."""

    @property
    def too_long(self) -> bool:
        """Whether the lag is known and above the limit."""
        return self.seconds is not None and self.seconds > RELAY_LAG_MAX_SECONDS

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.renew()
            await asyncio.sleep(LOOK_SECONDS)

    async def renew(self) -> None:
        """Measure once, and know nothing while mongod is silent."""
        was_too_long = self.too_long
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                await self.look()
        except (TimeoutError, PyMongoError) as error:
            self.seconds = None
            log.debug("relay_lag.unknown", error=str(error)[:200])
        if self.too_long != was_too_long:
            log.warning("relay_lag.writes", refused=self.too_long, lag_seconds=self.seconds)

    async def look(self) -> None:
        """Measure once; raises what the driver raises."""
        rows = await self.mongo.db[COLLECTION].aggregate(_AGE_OF_OLDEST).to_list(length=1)
        self.seconds = max(0.0, rows[0]["age_ms"] / 1000) if rows else 0.0
        self.metrics.relay_lag.set(self.seconds)

    @property
    def refusal(self) -> RelayBehind | None:
        """What a new command is refused with while the lag is above the limit."""
        if not self.too_long:
            return None
        return RelayBehind(
            f"{self._sentence()} Nothing was changed. Send the same request again in "
            f"{RETRY_AFTER_SECONDS} s; if that does not help, an operator has to see to the "
            "broker and the relay.",
            retry_after_s=RETRY_AFTER_SECONDS,
        )

    def notices(self) -> tuple[str, ...]:
        """A sentence for operators while commands are refused."""
        return (f"{self._sentence()} New commands get 429.",) if self.too_long else ()

    def _sentence(self) -> str:
        return (
            f"The oldest message has waited {math.floor(self.seconds or 0)} s to be published, "
            f"more than {RELAY_LAG_MAX_SECONDS:g} s."
        )
