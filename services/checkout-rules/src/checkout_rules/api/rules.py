"""``/v1/checkout-rules/{rule_id}`` and below, to look at; the list is ``rule_list.py``."""

from fastapi import APIRouter, Response

from checkout_rules.api.asking import Viewer
from checkout_rules.api.presenting import rule_detail, rule_set_shown, versions_shown
from checkout_rules.api.schemas import (
    FindingsOut,
    RemovalsOut,
    RuleCheckIn,
    RuleDetail,
    RuleIdsIn,
    RuleSetOut,
    VersionsOut,
)
from checkout_rules.domain.reading import read_terms, refuse_unknown_pairs
from checkout_rules.domain.rule import Rule
from checkout_rules.store.hits import HitStore
from checkout_rules.store.rule_sets import RuleSetStore
from checkout_rules.use_cases.active_rules import ActiveRules
from checkout_rules.use_cases.check_rule import CheckRule
from payops_contracts.checkout_rules import DEFAULT_RULE, RuleStatus
from payops_kernel.http.announcing import refusals
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import Repository


def rule_routes(
    rules: Repository[Rule],
    reads: RuleSetStore,
    checks: CheckRule,
    removals: ActiveRules,
    hits: HitStore,
) -> APIRouter:
    """What viewers read of rules."""
    router = APIRouter(prefix="/v1", tags=["checkout-rules"], dependencies=[Viewer])

    async def found(rule_id: str) -> Rule:
        rule = await rules.find(rule_id)
        if rule is None:
            raise rules.missing(rule_id)
        return rule

    @router.get("/checkout-rules/rule-set", response_model=RuleSetOut)
    async def get_checkout_rule_set() -> Response:
        """The rules that answer, in the order in which they are tried."""
        rule_set = await reads.active()
        return JsonResponse(rule_set_shown(rule_set), headers={"ETag": f'"{rule_set.version}"'})

    @router.post("/checkout-rules/checks", response_model=FindingsOut, responses=refusals(404))
    async def post_checkout_rule_checks(body: RuleCheckIn) -> JsonResponse:
        """What would be found of a rule if it were activated; nothing is changed."""
        at = "/body/terms"
        terms = read_terms(body.terms, of_default=body.rule_id == DEFAULT_RULE, at=at)
        refuse_unknown_pairs(terms, await reads.catalogue(), at)
        return JsonResponse({"findings": await checks(body.rule_id, terms, body.priority)})

    @router.post("/checkout-rules/bulk-delete/previews", response_model=RemovalsOut)
    async def post_checkout_rule_removal_preview(body: RuleIdsIn) -> JsonResponse:
        """What removing some rules would do to each; nothing is changed."""
        items = await removals.removals(body.rule_ids)
        active = sum(each.get("status") is RuleStatus.ACTIVE for each in items)
        allowed = all(each["allowed"] for each in items)
        return JsonResponse({"items": items, "allowed": allowed, "active": active})

    @router.get("/checkout-rules/{rule_id}", response_model=RuleDetail)
    async def get_checkout_rule(rule_id: PathId) -> Response:
        """One rule: what it says, what answers, its history; its ETag is its step."""
        rule = await found(rule_id)
        shown = rule_detail(rule, await reads.catalogue(), await hits.by_hour(rule_id))
        return JsonResponse(shown, headers={"ETag": f'"{rule.version}"'})

    @router.get("/checkout-rules/{rule_id}/versions", response_model=VersionsOut)
    async def list_checkout_rule_versions(rule_id: PathId) -> JsonResponse:
        """Every version of a rule's terms, the newest first."""
        rule = await found(rule_id)
        return JsonResponse({"items": versions_shown(rule, await reads.catalogue())})

    return router
