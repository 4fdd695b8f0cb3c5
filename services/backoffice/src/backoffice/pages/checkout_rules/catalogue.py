"""``/provider-catalogue``: which provider-payment method pairs there are, and what each can do."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import ActionLink
from backoffice.errors import NoSuchPage
from backoffice.formatting.rule_terms import method_name, pair_name, provider_name
from backoffice.pages.checkout_rules.pair_form import NO_SUBSCRIPTIONS
from backoffice.pages.checkout_rules.reading import ADAPTIVE_CHECKOUT, FOLLOWED, link
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.labels import BILLING_MODE, SUBSCRIPTION_INTERVAL
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

CATALOGUE = Page(
    "provider-catalogue",
    "/provider-catalogue",
    word("Provider catalogue"),
    icon="table-2",
    parent=ADAPTIVE_CHECKOUT,
)
RESOURCE = "/v1/provider-catalogue"

Catalogue = Mapping[str, Any]
Pair = Mapping[str, Any]

router = APIRouter()


class Row(NamedTuple):
    """A pair as the table shows it."""

    pair: Pair
    provider: str
    method: str
    intervals: Sequence[str]
    """Units of recurrence, in words; none when it has no subscriptions."""
    billing: str
    actions: Sequence[ActionLink]


@router.get(CATALOGUE.path)
async def catalogue(visit: Visiting) -> Response:
    """The table, or it alone after a change."""
    found = await read(visit)
    return visit.page(
        "pages/provider-catalogue.html",
        CATALOGUE,
        follows=FOLLOWED,
        catalogue=found,
        rows=[_row(visit, each) for each in found["pairs"]],
        add=link(
            visit, "add-pair", visit.words("Add a pair"), "plus", f"{CATALOGUE.path}/new",
            UserRole.ADMIN,
        ),
    )  # fmt: skip


async def read(visit: Visit) -> Catalogue:
    """The catalogue as the gateway answers it."""
    found: Catalogue = await visit.gateway.get(RESOURCE)
    return found


def pair_of(catalogue: Catalogue, provider: str, method: str) -> Pair:
    """One pair; raises ``NoSuchPage`` for one that the catalogue does not have."""
    wanted = (provider, method)
    for pair in catalogue["pairs"]:
        if (pair["provider"], pair["method"]) == wanted:
            found: Pair = pair
            return found
    raise NoSuchPage("No page has this address.")


def address(pair: Pair, below: str) -> str:
    """Of a dialog about a pair."""
    named = "/".join(encoded_id(pair[each]) for each in ("provider", "method"))
    return f"{CATALOGUE.path}/{named}/{below}"


def _row(visit: Visit, pair: Pair) -> Row:
    words, paid = visit.words, pair["subscriptions"] or NO_SUBSCRIPTIONS
    billing = BILLING_MODE.get(paid["billing"], "")
    return Row(
        pair,
        provider_name(pair, words),
        method_name(pair, words),
        [words(SUBSCRIPTION_INTERVAL[each]) for each in paid["intervals"]],
        words(billing),
        _actions(visit, pair) if visit.may(UserRole.ADMIN) else [],
    )


def _actions(visit: Visit, pair: Pair) -> list[ActionLink]:
    words, name = visit.words, pair_name(pair, visit.words)
    turn = (
        ("disabling", words("Disable %(name)s", name=name), "ban")
        if pair["enabled"]
        else ("enabling", words("Enable %(name)s", name=name), "circle-check")
    )
    wanted = (
        ("change", words("Change %(name)s", name=name), "pencil"),
        turn,
        ("removal", words("Remove %(name)s", name=name), "trash-2"),
    )
    return [
        ActionLink(f"{below}-{name}", label, glyph, address(pair, below), dialog=True)
        for below, label, glyph in wanted
    ]
