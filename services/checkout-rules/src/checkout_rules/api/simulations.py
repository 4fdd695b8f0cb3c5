"""``POST /v1/checkout-rules/simulations``, ``GET …/{job_id}``."""

from collections.abc import Iterator, Sequence
from datetime import date
from http import HTTPStatus
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from checkout_rules.api.hits import days_in_order
from checkout_rules.api.schemas import GivenTerms
from checkout_rules.domain.drafting import Change, Wish
from checkout_rules.domain.reading import read_terms
from checkout_rules.store.simulations import SimulationStore
from checkout_rules.use_cases.ask_simulation import AskSimulation
from payops_contracts.checkout_rules import ACTIVE_RULES_MAX, DEFAULT_RULE, PRIORITY_MAX
from payops_contracts.fields import Day, IdentifierOf
from payops_contracts.ids import RuleId
from payops_kernel.auth.dependencies import ViewerCaller, requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.errors import PayOpsError
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import keyless_context
from payops_kernel.http.given import Flag, Given, OrAbsent, Whole, some
from payops_kernel.http.paths import PathId
from payops_kernel.jobs.reads import JobReads
from payops_kernel.jobs.routes import JobOut, job_accepted
from payops_kernel.ports import RunsCommands

Operator = Annotated[Principal, Depends(requires(UserRole.OPERATOR))]


class SimulationNotDone(PayOpsError):
    """The job has not found anything yet, or never will: ``state`` says which."""

    code = "simulation_not_done"
    title = "The simulation has found nothing"
    status: ClassVar[int] = 409


class RuleChangeIn(Given):
    """A rule as it would be."""

    rule_id: Annotated[
        OrAbsent[IdentifierOf[RuleId]], Field(description="Left out for a rule that is new.")
    ] = None
    terms: GivenTerms
    priority: Annotated[
        OrAbsent[Annotated[int, Whole(1, PRIORITY_MAX)]],
        Field(description="When it is left out: the rule's own; of a new one, after all others."),
    ] = None


class SimulationIn(Given):
    """Which rules are tried on the payments of which days."""

    from_: Annotated[
        Day, Field(alias="from", description="The first day, of the reporting zone, included.")
    ]
    to: Annotated[Day, Field(description="The last day, included.")]
    changes: Annotated[list[RuleChangeIn], some(ACTIVE_RULES_MAX)] = Field(default_factory=list)
    without: Annotated[list[IdentifierOf[RuleId]], some(ACTIVE_RULES_MAX)] = Field(
        default_factory=list, description="Rules that would not answer."
    )
    use_drafts: Annotated[
        Flag, Field(description="Whether each rule's draft would answer in its place.")
    ] = False


class SimulatedPair(BaseModel):
    """A way to pay."""

    provider: str
    method: str
    label: str


class SimulatedSum(BaseModel):
    """Payments of one currency."""

    payments: int
    amount_minor: int = Field(description="In the currency's minor units.")


class FlowOut(SimulatedSum):
    """Payments by their first pair, as it is and as it would be; null for no pair."""

    before: SimulatedPair | None
    after: SimulatedPair | None
    currency: str


class SimulatedHits(BaseModel):
    """How often a rule answers."""

    rule_id: str
    name: str
    version: int
    hits: int


class ChangedPayment(BaseModel):
    """A payment that would be offered other pairs."""

    name: str = Field(description="The transaction's ID.")
    before: str = Field(description="The rule that answers it now.")
    before_name: str
    after: str = Field(description="The rule that would.")
    after_name: str


class SimulationOut(BaseModel):
    """What a replay found: the active rules beside those that were tried."""

    from_: date = Field(alias="from")
    to: date
    active_version: int
    draft_version: int
    payments: int = Field(description="All that were replayed.")
    changed: int = Field(description="Those that would be offered other pairs.")
    changed_by_currency: dict[str, SimulatedSum]
    changed_payments: list[ChangedPayment] = Field(description="The first 1,000 of them.")
    flows: list[FlowOut]
    active_hits: list[SimulatedHits] = Field(description="In the order of trying.")
    draft_hits: list[SimulatedHits]
    never_hit: list[str] = Field(description="Rules of those tried that answered nothing.")
    lacking: dict[str, int] = Field(
        description="Path that the tried rules look at: payments that have nothing there."
    )


def simulation_routes(
    commands: RunsCommands, ask: AskSimulation, reads: JobReads, found: SimulationStore
) -> APIRouter:
    """Operators have one made; its owner and admins see what it found."""
    router = APIRouter(prefix="/v1/checkout-rules", tags=["checkout-rules"])

    @router.post(
        "/simulations",
        response_model=JobOut,
        status_code=HTTPStatus.ACCEPTED,
        responses=refusals(409),
    )
    async def post_simulation(body: SimulationIn, actor: Operator) -> Response:
        """Replay other rules on the payments of some days; nothing is changed, no hit counted."""
        days_in_order(body.from_, body.to, "/body/from")
        wish = Wish([*_read(body.changes)], body.without, body.use_drafts)
        answer = await commands.run(
            keyless_context(actor), lambda work: ask(work, (body.from_, body.to), wish)
        )
        return job_accepted(answer)

    @router.get("/simulations/{job_id}", response_model=SimulationOut, responses=refusals(409))
    async def get_simulation(job_id: PathId, caller: ViewerCaller) -> Response:
        """What a simulation found, once its job is done."""
        job = await reads.one(job_id, caller)
        said = await found.of(job.id)
        if said is None:
            raise SimulationNotDone(
                f"The job is {job.state.lower()}; there is nothing to show.", state=job.state
            )
        return Response(said, media_type="application/json")

    return router


def _read(changes: Sequence[RuleChangeIn]) -> Iterator[Change]:
    for number, each in enumerate(changes):
        of_default = each.rule_id == DEFAULT_RULE
        terms = read_terms(each.terms, of_default=of_default, at=f"/body/changes/{number}/terms")
        yield Change(each.rule_id, each.priority, terms)
