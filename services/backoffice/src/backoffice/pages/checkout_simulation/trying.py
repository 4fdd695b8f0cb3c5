"""``/checkout-rules/evaluation``: what one checkout would be offered now, and why."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import Refused
from backoffice.pages.checkout_editor.lines import KINDS, quoted
from backoffice.pages.checkout_rules import refusals
from backoffice.pages.checkout_rules.decision import decided
from backoffice.pages.checkout_simulation.context import PLAIN, Checkout
from backoffice.pages.checkout_simulation.places import TRY
from backoffice.pages.visit import Visiting
from payops_contracts.labels import CHANNEL, MATCH_KEY, PAYMENT_TYPE
from payops_contracts.money import CURRENCY_DECIMALS

EVALUATIONS = "/v1/checkout-rules/evaluations"
ASKED = "ask"
"""In the address when something is to be asked, and not a form alone to be shown."""

router = APIRouter()


@router.get(TRY.path)
async def try_checkout(visit: Visiting) -> Response:
    """The form; below it what the rules answer to what it says."""
    fields = dict(visit.query)
    checkout, found = Checkout.sent(fields), None
    if ASKED in fields:
        context, wrong = checkout.context(visit.words)
        if not wrong:
            try:
                answer = await visit.gateway.post(EVALUATIONS, {"context": context, "trial": True})
                found = decided(answer["decisions"][0], visit.words)
            except Refused as refused:
                at = refusals.said_at_fields(refused, visit.words)
                wrong = {"context": " ".join(at.values()) or refusals.said(refused, visit.words)}
        checkout = replace(checkout, wrong=wrong)
    return visit.page(
        "pages/checkout-evaluation.html",
        TRY,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if checkout.wrong else HTTPStatus.OK,
        checkout=checkout,
        decided=found,
        asked=ASKED,
        plain=PLAIN,
        match_keys=MATCH_KEY,
        types=PAYMENT_TYPE,
        channels=CHANNEL,
        kinds=KINDS,
        quoted=quoted,
        currencies=sorted(CURRENCY_DECIMALS),
    )
