"""What the use cases of rules work on, and what they have in common."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from checkout_rules.domain.active_set import ActiveSet
from checkout_rules.domain.errors import RuleChanged
from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.rule import Doing, Rule
from checkout_rules.domain.rule_set import RuleSet
from checkout_rules.domain.writing import written
from payops_contracts.checkout_rule_labels import RULE_EVENT, RULE_STATUS
from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import Forbidden, NotFound, PayOpsError, Unavailable
from payops_kernel.ports import Repository, Session, Work


class RuleNotFound(NotFound):
    """There is no rule with this id."""

    code = "checkout_rule_not_found"


def rule_not_found(rule_id: str) -> RuleNotFound:
    """The refusal for an id that no rule has."""
    return RuleNotFound(f"There is no checkout rule '{rule_id}'.")


def not_started(_key: str) -> Unavailable:
    """The refusal before what is always there was made."""
    return Unavailable("The service has not started for the first time yet.")


class ReadsRules(Protocol):
    """What is read of many rules at once."""

    async def active(self, session: Session | None = None) -> RuleSet:
        """The rules that answer, with the catalogue, as of one instant."""
        ...

    async def last_priority(self, session: Session | None = None) -> int:
        """The highest priority number of any rule, 0 when there is none."""
        ...


class Rulebook(NamedTuple):
    """Where rules, their set and the catalogue are kept."""

    rules: Repository[Rule]
    sets: Repository[ActiveSet]
    catalogues: Repository[KeptCatalogue]
    reads: ReadsRules
    changed: Callable[[], None]
    """Called behind the commit of whatever changes what answers."""

    async def rule(self, rule_id: str) -> Rule:
        """A rule to look at; raises ``RuleNotFound``."""
        found = await self.rules.find(rule_id)
        if found is None:
            raise self.rules.missing(rule_id)
        return found

    def save_set(self, work: Work, active: ActiveSet) -> None:
        """Have another set of rules answer from the commit on."""
        work.save(active)
        work.after_commit(self.changed)


def doing_of(work: Work) -> Doing:
    """Who does something now, and why."""
    context = work.context
    return Doing(context.actor.subject, work.now, context.reason, context.traceparent)


def expect_step(rule: Rule, seen: int) -> None:
    """Raise ``RuleChanged`` unless the caller saw the rule's last step."""
    if rule.version == seen:
        return
    row = rule.history[-1]
    doing, label = row.doing, RULE_EVENT[row.event]
    raise RuleChanged(
        f"{doing.by} changed it on {doing.at:%d %b %Y %H:%M:%S} UTC: {label.lower()}, "
        f"version {row.version}. Look at it again; nothing of yours was saved.",
        changed={"event": row.event, "label": label, "at": doing.at, "by": doing.by,
                 "version": row.version, "reason": doing.reason},
        step=rule.version,
    )  # fmt: skip


def expect_approver(work: Work, what: str) -> None:
    """Raise ``Forbidden`` for who may not change what answers."""
    if not work.context.actor.may(UserRole.APPROVER):
        raise Forbidden(f"{what} needs the role approver.")


def refusal(check: Callable[[], None]) -> str | None:
    """Why not; None when nothing speaks against it."""
    try:
        check()
    except PayOpsError as refused:
        return str(refused)
    return None


def state_of(rule: Rule) -> dict[str, Any]:
    """What an audit record says of a rule before and after."""
    return {
        "status": rule.status.value,
        "priority": rule.priority,
        "version": rule.latest.number,
        "active_version": rule.active_number,
        "terms": written(rule.latest.terms),
    }


def rule_answer(rule: Rule) -> dict[str, Any]:
    """A ``RuleAnswer``: where a rule stands after a command."""
    return {
        "rule_id": rule.id,
        "name": rule.latest.terms.name,
        "status": rule.status,
        "status_label": RULE_STATUS[rule.status],
        "priority": rule.priority,
        "version": rule.latest.number,
        "active_version": rule.active_number,
        "has_draft": rule.has_draft,
        "step": rule.version,
        "rule_set_version": rule.rule_set_version,
    }
