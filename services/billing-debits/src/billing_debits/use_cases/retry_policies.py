"""Retry policies: looked at, changed, and which one holds."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from billing_debits.domain.policies import KeptPolicy, RetryPolicy
from billing_debits.domain.rail_bounds import left_by_rails
from billing_debits.domain.rails import RAILS
from payops_contracts.labels import RAIL
from payops_kernel.errors import NotFound, PayOpsError
from payops_kernel.ports import CommandAnswer, Session, Work


class RetryPolicyNotFound(NotFound):
    """There is no policy with this name."""

    code = "retry_policy_not_found"


class RetryPolicyChanged(PayOpsError):
    """Somebody changed it since the caller read it."""

    code = "retry_policy_changed"
    title = "The policy has changed"
    status: ClassVar[int] = 412


class KeepsPolicies(Protocol):
    """Where policies are kept."""

    async def all(self, session: Session | None = None) -> dict[str, KeptPolicy]:
        """Every policy, by name."""
        ...

    async def active(self, session: Session | None = None) -> str:
        """The name of the policy that holds."""
        ...

    async def keep(self, kept: KeptPolicy, session: Session) -> None:
        """Write a policy that this transaction has read."""
        ...

    async def activate(self, name: str, session: Session) -> None:
        """Have a policy hold from now on."""
        ...


class RetryPolicies:
    """The use cases behind ``/v1/retry-policies``."""

    def __init__(self, store: KeepsPolicies) -> None:
        self._store = store

    async def listed(self) -> list[dict[str, Any]]:
        """Every policy."""
        active = await self._store.active()
        return [policy_answer(each, active) for each in (await self._store.all()).values()]

    async def one(self, name: str) -> dict[str, Any]:
        """One policy; raises ``RetryPolicyNotFound``."""
        return policy_answer(_named(name, await self._store.all()), await self._store.active())

    async def change(
        self, work: Work, name: str, seen: int, delays: Sequence[timedelta]
    ) -> CommandAnswer:
        """200 with the policy, its version raised if it says something else now.

        ``seen`` is the version that the caller read; raises ``RetryPolicyChanged`` for another one.
        """
        kept = _named(name, await work.read(self._store.all))
        active = await work.read(self._store.active)
        before = kept.policy
        if seen != before.version:
            raise RetryPolicyChanged(_other_change(kept))
        if tuple(delays) != before.delays:
            policy = before._replace(version=before.version + 1, delays=tuple(delays))
            kept = KeptPolicy(policy, work.now, work.context.actor.subject)
            work.write(lambda session: self._store.keep(kept, session))
            work.audit(
                "retry-policy.change", "retry-policy", name,
                before=_said(before), after=_said(policy),
            )  # fmt: skip
        return CommandAnswer(200, policy_answer(kept, active))

    async def activate(self, work: Work, name: str) -> CommandAnswer:
        """200 with the policy, which holds for whatever is decided from now on."""
        kept = _named(name, await work.read(self._store.all))
        before = await work.read(self._store.active)
        if name != before:
            work.write(lambda session: self._store.activate(name, session))
            work.audit(
                "retry-policy.activate", "retry-policy", name,
                before={"active": before}, after={"active": name},
            )  # fmt: skip
        return CommandAnswer(200, policy_answer(kept, name))


def policy_answer(kept: KeptPolicy, active: str) -> dict[str, Any]:
    """A ``RetryPolicyOut``."""
    policy = kept.policy
    return {
        "name": policy.name,
        "version": policy.version,
        "active": policy.name == active,
        "delays_s": _seconds(policy),
        "changed_at": kept.changed_at,
        "changed_by": kept.changed_by,
        "rails": [
            {
                "rail": left.rail,
                "rail_label": RAIL[left.rail],
                "retries": left.retries,
                "why_not_more": left.why_not_more,
                "source": RAILS[left.rail].source,
            }
            for left in left_by_rails(policy.delays)
        ],
    }


def _named(name: str, policies: dict[str, KeptPolicy]) -> KeptPolicy:
    kept = policies.get(name)
    if kept is None:
        raise RetryPolicyNotFound(f"There is no retry policy '{name}'.")
    return kept


def _seconds(policy: RetryPolicy) -> list[int]:
    return [int(each.total_seconds()) for each in policy.delays]


def _said(policy: RetryPolicy) -> dict[str, Any]:
    return {"version": policy.version, "delays_s": _seconds(policy)}


def _other_change(kept: KeptPolicy) -> str:
    """What the policy says now, and who said so."""
    policy = kept.policy
    waits = ", ".join(str(each) for each in policy.delays)
    if kept.changed_at is None:
        return f"It is version {policy.version}, as it was shipped, and waits {waits}."
    return (
        f"{kept.changed_by} made version {policy.version} on "
        f"{kept.changed_at:%d %b %Y %H:%M} UTC: it waits {waits}."
    )
