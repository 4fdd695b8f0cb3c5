"""``/checkout-rules/evaluation``: what one checkout would be offered now, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import Refused
from backoffice.formatting.rule_terms import pair_name
from backoffice.pages.checkout_editor.lines import KINDS, quoted
from backoffice.pages.checkout_rules.reading import address
from backoffice.pages.checkout_simulation.context import PLAIN, Checkout
from backoffice.pages.checkout_simulation.places import TRY
from backoffice.pages.visit import Visiting
from backoffice.words import Words
from payops_contracts.checkout_rule_labels import said_value
from payops_contracts.labels import CHANNEL, MATCH_KEY, PAYMENT_TYPE, SEEN
from payops_contracts.money import CURRENCY_DECIMALS

EVALUATIONS = "/v1/checkout-rules/evaluations"
ASKED = "ask"
"""In the address when something is to be asked, and not a form alone to be shown."""

router = APIRouter()


class Passed(NamedTuple):
    """A rule that was tried before, and why it did not answer."""

    name: str
    href: str
    condition: str
    seen: str


class Decided(NamedTuple):
    """What is offered, and by which rule."""

    name: str
    href: str
    version: int
    pairs: Sequence[str]
    left_out: Sequence[str]
    passed: Sequence[Passed]

    @classmethod
    def of(cls, said: Mapping[str, Any], words: Words) -> "Decided":
        """Out of the gateway's answer."""
        rule = said["rule"]
        return cls(
            rule["name"],
            address(rule["rule_id"]),
            rule["version"],
            [pair_name(each, words) for each in said["pairs"]],
            [pair_name(each, words) for each in said["left_out"]],
            [
                Passed(each["name"], address(each["rule_id"]), each["words"], _seen(each, words))
                for each in said["passed_over"] or ()
            ],
        )


def _seen(passed: Mapping[str, Any], words: Words) -> str:
    why = SEEN.get(passed["seen"])
    return words(why) if why else said_value(passed["value"])


@router.get(TRY.path)
async def try_checkout(visit: Visiting) -> Response:
    """The form; below it what the rules answer to what it says."""
    fields = dict(visit.query)
    checkout, decided = Checkout.sent(fields), None
    if ASKED in fields:
        context, wrong = checkout.context(visit.words)
        if not wrong:
            try:
                answer = await visit.gateway.post(EVALUATIONS, {"context": context, "trial": True})
                decided = Decided.of(answer["decisions"][0], visit.words)
            except Refused as refused:
                wrong = {"context": visit.words(refused.detail)}
        checkout = replace(checkout, wrong=wrong)
    return visit.page(
        "pages/checkout-evaluation.html",
        TRY,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if checkout.wrong else HTTPStatus.OK,
        checkout=checkout,
        decided=decided,
        asked=ASKED,
        plain=PLAIN,
        match_keys=MATCH_KEY,
        types=PAYMENT_TYPE,
        channels=CHANNEL,
        kinds=KINDS,
        quoted=quoted,
        currencies=sorted(CURRENCY_DECIMALS),
    )
