"""``/checkout-rules/simulation``: which rules are tried on which days."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.job_view import JobView
from backoffice.errors import Refused, ServiceAway
from backoffice.pages.checkout_rules import refusals
from backoffice.pages.checkout_rules.reading import RESOURCE as RULES
from backoffice.pages.checkout_simulation.places import (
    JOB_KIND,
    MAY_HAVE_BEGUN,
    SIMULATE,
    begin,
    result_path,
)
from backoffice.pages.checkout_simulation.window import Window
from backoffice.pages.dialogs import Notice, unanswered
from backoffice.pages.jobs import RESOURCE as JOBS
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.checkout_rules import DEFAULT_RULE, RuleStatus
from payops_kernel.auth.principals import UserRole

EARLIER_MAX = 10
RULES_SHOWN_MAX = 100
DRAFTS, WITHOUT = "drafts", "without"

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be tried."""

    window: Window
    use_drafts: bool = True
    without: frozenset[str] = frozenset()

    @classmethod
    def sent(cls, items: Sequence[tuple[str, str]], visit: Visit) -> Self:
        """The form as it came back."""
        without = frozenset(value for name, value in items if name == WITHOUT)
        return cls(Window.sent(dict(items), visit), DRAFTS in dict(items), without)

    @property
    def body(self) -> dict[str, Any]:
        """As the gateway takes it, without the days."""
        return {"use_drafts": self.use_drafts, "without": sorted(self.without)}


@router.get(SIMULATE.path)
async def choose(visit: Visiting) -> Response:
    """The form, and earlier simulations."""
    visit.require(UserRole.OPERATOR)
    return await _shown(visit, Choice(Window.yesterday(visit)))


@router.post(SIMULATE.path)
async def start(visit: Visiting) -> Response:
    """Have it replayed; its page follows it."""
    choice = Choice.sent(await visit.form_items(), visit)
    visit.require(UserRole.OPERATOR)
    if choice.window.wrong:
        return await _shown(visit, choice, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        job_id = await begin(visit, choice.window, choice.body)
    except Refused as refused:
        wrong = refusals.said_at_fields(refused, visit.words)
        notice = Notice(refusals.said(refused, visit.words), [*wrong.values()])
        return await _shown(visit, choice, refused.answered, notice)
    except ServiceAway as away:
        notice = unanswered(visit, away, MAY_HAVE_BEGUN)
        return await _shown(visit, choice, HTTPStatus.SERVICE_UNAVAILABLE, notice)
    return visit.see_other(result_path(job_id))


async def _shown(
    visit: Visit, choice: Choice, status: int = HTTPStatus.OK, notice: Notice | None = None
) -> Response:
    """The form; while nobody answers, with what it had alone."""
    active = {"status": RuleStatus.ACTIVE.value, "limit": RULES_SHOWN_MAX}
    try:
        rules = (await visit.gateway.get(RULES, active))["items"]
        earlier = (await visit.gateway.get(JOBS, {"kind": JOB_KIND, "limit": EARLIER_MAX}))["items"]
    except ServiceAway:
        if notice is None:
            raise
        rules = [{"rule_id": each, "name": each} for each in sorted(choice.without)]
        earlier = ()
    return visit.page(
        "pages/checkout-simulation.html",
        SIMULATE,
        status=status,
        choice=choice,
        notice=notice,
        rules=[each for each in rules if each["rule_id"] != DEFAULT_RULE],
        earlier=[(JobView(each, visit.words), result_path(each["job_id"])) for each in earlier],
    )
