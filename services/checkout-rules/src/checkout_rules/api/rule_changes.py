"""What changes rules: operators write drafts, approvers change what answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, StrictBool

from checkout_rules.api.asking import (
    OVERTAKEN,
    ApproverAsks,
    IfMatch,
    Operator,
    OperatorAsks,
    seen_in,
    tagged,
    without_key,
)
from checkout_rules.api.schemas import (
    ActivationAnswer,
    ActivationIn,
    BulkDeleteIn,
    OrderAnswer,
    OrderIn,
    ReasonIn,
    RemovedOut,
    RuleAnswer,
    RuleIn,
)
from checkout_rules.domain.reading import read_terms, refuse_unknown_pairs
from checkout_rules.domain.rule import VERSIONS_MAX
from checkout_rules.domain.rule_set import Terms
from checkout_rules.domain.writing import written
from checkout_rules.store.rule_sets import RuleSetStore
from checkout_rules.use_cases.active_rules import ActiveRules
from checkout_rules.use_cases.draft_rules import DraftRules
from payops_contracts.checkout_rules import DEFAULT_RULE
from payops_contracts.ids import RuleId
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import command_response
from payops_kernel.http.given import Flag, GivenQuery, OrAbsent
from payops_kernel.http.paths import PathId
from payops_kernel.ports import CommandAnswer, RunsCommands

REFUSED = OVERTAKEN | refusals(409)
TERMS = "/body/terms"


class RemovalQuery(GivenQuery):
    """Why, and whether warnings are no hindrance; in the query, for a DELETE has no body."""

    reason: OrAbsent[FreeText] = None
    accept_warnings: Flag = False


class RuleSaveIn(RuleIn):
    """A rule as somebody changes it."""

    accept_warnings: StrictBool = Field(False, description="Of another priority of an active rule.")


class RuleRead(BaseModel):
    """A new rule as it was understood: what is the same under a key."""

    terms: dict[str, Any]
    priority: int | None
    reason: str | None


def draft_routes(commands: RunsCommands, drafts: DraftRules, reads: RuleSetStore) -> APIRouter:
    """What operators do: nothing answers by it."""
    router = APIRouter(prefix="/v1", tags=["checkout-rules"])

    async def terms_in(body: RuleIn, of_default: bool) -> Terms:
        terms = read_terms(body.terms, of_default=of_default, at=TERMS)
        refuse_unknown_pairs(terms, await reads.catalogue(), TERMS)
        return terms

    @router.post("/checkout-rules", response_model=RuleAnswer, status_code=201)
    async def post_checkout_rule(body: RuleIn, asked: OperatorAsks) -> Response:
        """Write a new rule, as a draft."""
        terms = await terms_in(body, of_default=False)
        read = RuleRead(terms=written(terms), priority=body.priority, reason=body.reason)
        answer = await commands.run(
            asked.context(read), lambda work: drafts.create(work, terms, body.priority)
        )
        return _rule(answer)

    @router.put("/checkout-rules/{rule_id}", response_model=RuleAnswer, responses=REFUSED)
    async def put_checkout_rule(
        rule_id: PathId, body: RuleSaveIn, actor: Operator, if_match: IfMatch
    ) -> Response:
        """Save a version as a draft; what answers keeps its terms until an activation.

        Another priority of an active rule is used at once, and needs the role approver; what the
        checks find with it alone is asked about as for an activation.
        """
        terms = await terms_in(body, of_default=rule_id == DEFAULT_RULE)
        answer = await commands.run(
            without_key(actor, body.reason),
            lambda work: drafts.save(
                work, rule_id, seen_in(if_match), terms, body.priority, body.accept_warnings
            ),
        )
        return _rule(answer)

    @router.post(
        "/checkout-rules/{rule_id}/versions/{number}/restoration",
        response_model=RuleAnswer,
        responses=REFUSED,
    )
    async def post_checkout_rule_restoration(
        rule_id: PathId,
        number: Annotated[int, Path(ge=1, le=VERSIONS_MAX)],
        body: ReasonIn,
        asked: OperatorAsks,
        if_match: IfMatch,
    ) -> Response:
        """Save an older version's terms again, as a draft; a removed rule is one from then on."""
        answer = await commands.run(
            asked.context(body),
            lambda work: drafts.restore(work, rule_id, seen_in(if_match), number),
        )
        return _rule(answer)

    return router


def active_rule_routes(commands: RunsCommands, active: ActiveRules) -> APIRouter:
    """What approvers do, and who removes a draft."""
    router = APIRouter(prefix="/v1", tags=["checkout-rules"])

    @router.post(
        "/checkout-rules/{rule_id}/activation", response_model=ActivationAnswer, responses=REFUSED
    )
    async def post_checkout_rule_activation(
        rule_id: PathId, body: ActivationIn, asked: ApproverAsks, if_match: IfMatch
    ) -> Response:
        """Have the version that was saved last answer; the checks are asked before."""
        answer = await commands.run(
            asked.context(body),
            lambda work: active.activate(work, rule_id, seen_in(if_match), body.accept_warnings),
        )
        return _rule(answer)

    @router.delete("/checkout-rules/{rule_id}", response_model=RuleAnswer, responses=REFUSED)
    async def delete_checkout_rule(
        rule_id: PathId,
        query: Annotated[RemovalQuery, Query()],
        actor: Operator,
        if_match: IfMatch,
    ) -> Response:
        """Remove a rule: it is archived. One that is active needs the role approver."""
        answer = await commands.run(
            without_key(actor, query.reason),
            lambda work: active.remove(work, rule_id, seen_in(if_match), query.accept_warnings),
        )
        return _rule(answer)

    @router.post("/checkout-rules/ordering", response_model=OrderAnswer, responses=REFUSED)
    async def post_checkout_rule_ordering(
        body: OrderIn, asked: ApproverAsks, if_match: IfMatch
    ) -> Response:
        """Try the active rules in another order; the ETag is the rule set's.

        What the checks find in that order alone is asked about as for an activation.
        """
        wanted = [RuleId(each) for each in body.rule_ids]
        answer = await commands.run(
            asked.context(body),
            lambda work: active.order(work, seen_in(if_match), wanted, body.accept_warnings),
        )
        return tagged(answer, answer.body["version"])

    @router.post(
        "/checkout-rules/bulk-delete",
        response_model=RemovedOut,
        responses=REFUSED | refusals(404),
    )
    async def post_checkout_rule_bulk_delete(body: BulkDeleteIn, asked: OperatorAsks) -> Response:
        """Remove several rules, all or none; active ones need the role approver."""
        answer = await commands.run(
            asked.context(body),
            lambda work: active.remove_several(
                work, body.rule_ids, body.steps, body.accept_warnings
            ),
        )
        return command_response(answer)

    return router


def _rule(answer: CommandAnswer) -> Response:
    return tagged(answer, answer.body["step"])
