"""``POST /v1/checkout-rules/evaluations``, ``GET /v1/checkout-rules/decisions``."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from checkout_rules.use_cases.evaluate import Evaluate
from payops_contracts.checkout_rules import CONTEXTS_MAX
from payops_contracts.fields import IdentifierOf
from payops_contracts.ids import TransactionId
from payops_kernel.auth.dependencies import ViewerCaller, requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import Forbidden
from payops_kernel.http.given import Flag, Given, GivenQuery, OrAbsent, some
from payops_kernel.http.responses import JsonResponse

RECORDS_MAX = 100
"""Contexts of one call that are answered with records: of many rules a record is long."""
AnyContext = dict[str, Any]


class EvaluationIn(Given):
    """One context or many; a context has what is known at a checkout, by key."""

    context: OrAbsent[AnyContext] = None
    contexts: Annotated[
        OrAbsent[Annotated[list[AnyContext], some(CONTEXTS_MAX)]],
        Field(description="Answered in their order, all by one version of the rules."),
    ] = None
    transaction_id: Annotated[
        OrAbsent[IdentifierOf[TransactionId]],
        Field(
            description="Beside one context: its decision is kept for 90 days as this "
            "transaction's, unless one is kept already. For operators."
        ),
    ] = None
    trial: Annotated[
        OrAbsent[Flag],
        Field(description="Beside one context: no checkout is answered, so no hit is counted."),
    ] = None
    records: Annotated[
        OrAbsent[Flag],
        Field(
            description="Whether to say what kept each rule before from answering: true for one "
            f"context, false for many unless it is said; of {RECORDS_MAX} contexts at most."
        ),
    ] = None

    @model_validator(mode="after")
    def _one_or_many(self) -> "EvaluationIn":
        if (self.context is None) is (self.contexts is None):
            raise PydanticCustomError("one_of", "either context or contexts is wanted")
        if self.contexts is not None and self.transaction_id is not None:
            raise PydanticCustomError("one_of", "transaction_id stands beside one context")
        if self.trial and (self.context is None or self.transaction_id is not None):
            raise PydanticCustomError("one_of", "a trial is of one context, and is not kept")
        if self.records and len(self.contexts or ()) > RECORDS_MAX:
            raise PydanticCustomError(
                "too_many_records", f"records are given of {RECORDS_MAX} contexts at most"
            )
        return self


class DecidedRule(BaseModel):
    """The rule that answered, in the version that did."""

    rule_id: str
    name: str
    version: int


class DecidedPair(BaseModel):
    """A way to pay."""

    provider: str
    method: str


class PassedOverOut(BaseModel):
    """A rule that was tried before and did not hold."""

    rule_id: str
    name: str
    version: int
    condition: int = Field(description="Which of its conditions did not hold, from 0: the first.")
    words: str = Field(description="That condition as a sentence.")
    terms: dict[str, Any] = Field(description="That condition alone, as the rule's terms have it.")
    path: str = Field(description="Where it looked.")
    seen: str = Field(description="`missing`, `wrong_type`, or `value`: then `value` has it.")
    value: str | bool | int | float | None = None


class DecisionOut(BaseModel):
    """What a context is answered, and why."""

    rule_set_version: int
    catalogue_version: int
    rule: DecidedRule
    pairs: list[DecidedPair] = Field(description="What the checkout may offer, in this order.")
    left_out: list[DecidedPair] = Field(description="Pairs of the rule that are disabled.")
    no_pair_enabled: bool = Field(description="The rule holds, and none of its pairs is enabled.")
    passed_over: list[PassedOverOut] | None = Field(
        None, description="The rules before it; left out where no records were asked for."
    )


class EvaluationOut(BaseModel):
    """The decisions, in the order of the contexts."""

    decisions: list[DecisionOut]
    kept: bool | None = Field(
        None,
        description="With a transaction_id: true when this decision is kept, false when the "
        "transaction has an earlier one, which stays.",
    )


class KeptDecisionOut(DecisionOut):
    """A decision that was kept, with what it was made of."""

    transaction_id: str
    decided_at: datetime
    context: dict[str, Any] = Field(description="Its texts, numbers, true and false.")


class KeptDecisionsOut(BaseModel):
    """None or one."""

    items: list[KeptDecisionOut]


class DecisionQuery(GivenQuery):
    """Whose decision."""

    transaction_id: IdentifierOf[TransactionId]


def evaluation_routes(evaluate: Evaluate) -> APIRouter:
    """Viewers ask, operators have a decision kept."""
    router = APIRouter(prefix="/v1/checkout-rules", tags=["checkout-rules"])
    viewers = [Depends(requires(UserRole.VIEWER))]

    @router.post("/evaluations", response_model=EvaluationOut)
    async def post_evaluations(body: EvaluationIn, caller: ViewerCaller) -> JsonResponse:
        """Which pairs a checkout may offer, and why.

        A value of another type than a rule wants is no error: the rule does not hold, and the
        record says so.
        """
        if body.contexts is not None:
            records = bool(body.records)
            found = await evaluate.many(body.contexts, "/body/contexts", records=records)
            return JsonResponse({"decisions": found})
        records, at = body.records is not False, "/body/context"
        if body.transaction_id is None:
            said = evaluate.one(body.context, at, is_trial=bool(body.trial), records=records)
            return JsonResponse({"decisions": [said]})
        if not caller.may(UserRole.OPERATOR):
            raise Forbidden(
                f"Keeping a decision needs the role {UserRole.OPERATOR}.",
                required_role=UserRole.OPERATOR.value,
            )
        said, kept = await evaluate.one_kept(body.context, at, body.transaction_id, records=records)
        return JsonResponse({"decisions": [said], "kept": kept})

    @router.get("/decisions", response_model=KeptDecisionsOut, dependencies=viewers)
    async def get_decisions(query: Annotated[DecisionQuery, Query()]) -> JsonResponse:
        """The decision that chose a transaction's pairs, where one was kept."""
        return JsonResponse({"items": await evaluate.kept(query.transaction_id)})

    return router
