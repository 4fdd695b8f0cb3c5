"""A simulation: asked for, and what is written about it when it is done."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.drafting import Change, Wish, drafted
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.reading import refuse_unknown_pairs
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from checkout_rules.domain.simulation import Replay
from checkout_rules.domain.writing import terms_of, written
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.jobs.job import Job, job_body
from payops_kernel.ports import CommandAnswer, Work

KIND = "checkout-simulation"


class ReadsRuleSets(Protocol):
    """Where rules are kept."""

    async def active(self) -> RuleSet:
        """The active rules and the catalogue, read together."""
        ...

    async def drafts(self) -> Sequence[ActiveRule]:
        """Each rule that has a draft, as it would be if that were active."""
        ...


class RunsJobs(Protocol):
    """Where jobs are submitted."""

    def submit(
        self, unit: Work, kind: str, request: Mapping[str, Any], *, total: int | None = None
    ) -> Job:
        """A queued job of whoever asked for the unit of work."""
        ...


class AskSimulation:
    """The use case behind ``POST /v1/checkout-rules/simulations``."""

    def __init__(self, rule_sets: ReadsRuleSets, jobs: RunsJobs) -> None:
        self._rule_sets = rule_sets
        self._jobs = jobs

    async def __call__(self, work: Work, days: tuple[date, date], wish: Wish) -> CommandAnswer:
        """202 with the job.

        Raises ``RuleNotValid`` for a pair that the catalogue does not have, or the refusal of a
        rule set that cannot be.
        """
        active = await self._rule_sets.active()
        for number, each in enumerate(wish.changes):
            refuse_unknown_pairs(each.terms, active.catalogue, f"/body/changes/{number}/terms")
        await draft_set(self._rule_sets, active, wish)  # refused now rather than in the job
        first, last = days
        request = {
            "actor": stored_actor(work.context.actor),
            "from": first.isoformat(),
            "to": last.isoformat(),
            **_said(wish),
        }
        return CommandAnswer(202, job_body(self._jobs.submit(work, KIND, request)))


async def draft_set(rule_sets: ReadsRuleSets, active: RuleSet, wish: Wish) -> RuleSet:
    """The rule set of a wish; drafts are read only when they can matter."""
    known = {each.id for each in active.rules}
    needed = wish.drafts or any(it.rule_id and it.rule_id not in known for it in wish.changes)
    return drafted(active, wish, await rule_sets.drafts() if needed else ())


def wish_of(request: Mapping[str, Any]) -> Wish:
    """The wish in a job's request."""
    changes = [
        Change(each["rule_id"], each["priority"], terms_of(each["terms"]))
        for each in request["changes"]
    ]
    return Wish(changes, request["without"], request["use_drafts"])


def simulation_said(replay: Replay, request: Mapping[str, Any]) -> bytes:
    """The result as it is answered: the simulation with its window, and labels of all it names.

    The same contexts and rule sets give the same bytes.
    """
    said = json.loads(replay.result().to_bytes())
    names = {**_names(replay.active), **_names(replay.draft)}
    for flow in said["flows"]:
        flow |= {side: _labelled(flow[side]) for side in ("before", "after")}
    for hits in (*said["active_hits"], *said["draft_hits"]):
        hits["name"] = names[hits["rule_id"]]
    for each in said["changed_payments"]:
        each |= {f"{side}_name": names[each[side]] for side in ("before", "after")}
    said |= {"from": request["from"], "to": request["to"]}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _said(wish: Wish) -> dict[str, Any]:
    return {
        "changes": [{**each._asdict(), "terms": written(each.terms)} for each in wish.changes],
        "without": list(wish.without),
        "use_drafts": wish.drafts,
    }


def _names(evaluator: Evaluator) -> dict[str, str]:
    return {each.id: each.terms.name for each in evaluator.rule_set.rules}


def _labelled(pair: dict[str, str] | None) -> dict[str, str] | None:
    return pair and {**pair, "label": Pair(pair["provider"], pair["method"]).words()}
