"""Retry policies that somebody changed, and which one holds; the shipped ones until then.

Decisions follow what is stored within a second.
"""

import asyncio
from datetime import timedelta

from billing_debits.domain.policies import SHIPPED, KeptPolicy, RetryPolicy, Rules
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Collections, Document, IndexModel, PyMongoError, Session

COLLECTION = "retry_policies"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}
LOOK_SECONDS = 1.0
ACTIVE = "active"
"""The id of the document that names the policy that holds; no policy has this name."""

log = get_logger(__name__)


class PolicyStore:
    """A few documents, found by ``_id`` alone, so that there is no other index."""

    indexes = INDEXES

    def __init__(self, db: Collections, active: str) -> None:
        """``active`` is the policy that holds until somebody chooses another one."""
        self._policies = db[COLLECTION]
        self._active = active

    async def all(self, session: Session | None = None) -> dict[str, KeptPolicy]:
        """Every policy, by name."""
        found = await self._policies.find({}, session=session).to_list(length=None)
        changed = {row["_id"]: _kept(row) for row in found if row["_id"] != ACTIVE}
        return {name: changed.get(name, KeptPolicy(policy)) for name, policy in SHIPPED.items()}

    async def active(self, session: Session | None = None) -> str:
        """The name of the policy that holds."""
        found = await self._policies.find_one({"_id": ACTIVE}, session=session)
        return self._active if found is None else str(found["policy"])

    async def keep(self, kept: KeptPolicy, session: Session) -> None:
        """Write a policy that this transaction has read."""
        name = kept.policy.name
        await self._policies.replace_one(
            {"_id": name}, _document(kept), upsert=True, session=session
        )

    async def activate(self, name: str, session: Session) -> None:
        """Have a policy hold from now on."""
        await self._policies.replace_one(
            {"_id": ACTIVE}, {"policy": name}, upsert=True, session=session
        )


class FollowedRules:
    """What decides about retries, as stored: read again every second, and at once where changed."""

    def __init__(self, rules: Rules, store: PolicyStore) -> None:
        """``rules`` hold until the store was read; mode and times of collection are theirs."""
        self._rules = rules
        self._store = store

    def __call__(self) -> Rules:
        """At present."""
        return self._rules

    async def read(self) -> None:
        """Take what is stored."""
        active = await self._store.active()
        policy = (await self._store.all())[active].policy
        self.hold(policy)

    def hold(self, policy: RetryPolicy) -> None:
        """Decide by this policy from now on."""
        held = self._rules.policy
        policy = policy._replace(mode=held.mode)
        if policy != held:
            log.info("retry_policy.holds", policy=policy.name, version=policy.version)
            self._rules = self._rules._replace(policy=policy)

    async def follow(self) -> None:
        """Keep to what is stored, until cancelled."""
        while True:
            try:
                await self.read()
            except PyMongoError as error:
                log.debug("retry_policy.unread", error=str(error)[:200])  # the last one holds
            await asyncio.sleep(LOOK_SECONDS)


def _document(kept: KeptPolicy) -> Document:
    policy = kept.policy
    return {
        "version": policy.version,
        "delays_s": [int(each.total_seconds()) for each in policy.delays],
        "reopens": policy.reopens,
        "changed_at": kept.changed_at,
        "changed_by": kept.changed_by,
    }


def _kept(row: Document) -> KeptPolicy:
    delays = tuple(timedelta(seconds=each) for each in row["delays_s"])
    policy = RetryPolicy(row["_id"], row["version"], delays, reopens=row["reopens"])
    return KeptPolicy(policy, row["changed_at"], row["changed_by"])
