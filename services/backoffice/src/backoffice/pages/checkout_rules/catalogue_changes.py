"""``/provider-catalogue/…``: pairs added, changed, enabled, disabled and removed by an admin.

What is sent is the whole catalogue, under the version that the form was made from.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import NoSuchPage, ServiceAway
from backoffice.formatting.rule_terms import pair_name
from backoffice.pages.checkout_rules.catalogue import (
    CATALOGUE,
    RESOURCE,
    Pair,
    address,
    pair_of,
    read,
)
from backoffice.pages.checkout_rules.pair_form import PairForm, as_sent
from backoffice.pages.checkout_rules.reading import RESOURCE as RULES
from backoffice.pages.checkout_rules.reading import changed_meanwhile, seen
from backoffice.pages.dialogs import LOOK_FIRST, Asked, Decision, decided, slot_of
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.labels import BILLING_MODE, METHOD, PROVIDER, SUBSCRIPTION_INTERVAL
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

NEW = Page("new-pair", f"{CATALOGUE.path}/new", word("Add a pair"), parent=CATALOGUE)
OF_PAIR = CATALOGUE.path + "/{provider}/{method}"
ENABLING, DISABLING, REMOVAL = "enabling", "disabling", "removal"
DONE = {
    ENABLING: word("%(name)s is enabled."),
    DISABLING: word("%(name)s is disabled."),
    REMOVAL: word("%(name)s is removed from the catalogue."),
}
ADDED, CHANGED = word("%(name)s is added."), word("%(name)s is changed.")
KNOWN_ALREADY = word("The catalogue has this pair already.")

Pairs = list[dict[str, Any]]
Form = Callable[[Asked], Awaitable[Response]]

router = APIRouter()


@router.get(NEW.path)
async def ask_new(visit: Visiting) -> Response:
    """An empty form."""
    return await _pair_form(visit, None, PairForm(), Asked.fresh())


@router.post(NEW.path)
async def add(visit: Visiting) -> Response:
    """Have the pair added; the form again when something of it is wrong."""
    typed = PairForm.sent(await visit.form_items()).checked(visit.words)
    if not typed.wrong and await _is_there(visit, typed.body):
        typed = replace(typed, wrong={"method": visit.words(KNOWN_ALREADY)})
    return await _written_pair(visit, None, typed)


@router.get(f"{OF_PAIR}/change")
async def ask_change(provider: PathId, method: PathId, visit: Visiting) -> Response:
    """The form, with what the pair can do now."""
    pair = pair_of(await read(visit), provider, method)
    return await _pair_form(visit, pair, PairForm.of(pair), Asked.fresh())


@router.post(f"{OF_PAIR}/change")
async def change(provider: PathId, method: PathId, visit: Visiting) -> Response:
    """Have it changed."""
    pair = {"provider": provider, "method": method}
    typed = replace(PairForm.sent(await visit.form_items()), provider=provider, method=method)
    return await _written_pair(visit, pair, typed.checked(visit.words, named=False))


@router.get(OF_PAIR + "/{what}")
async def ask(provider: PathId, method: PathId, what: PathId, visit: Visiting) -> Response:
    """What follows when the pair is enabled, disabled or removed."""
    return await _turn_form(visit, {"provider": provider, "method": method}, what, Asked.fresh())


@router.post(OF_PAIR + "/{what}")
async def turn(provider: PathId, method: PathId, what: PathId, visit: Visiting) -> Response:
    """Have it enabled, disabled or removed."""
    _require_known(what)
    pair = {"provider": provider, "method": method}

    def pairs(now: Pairs) -> Pairs:
        if what == REMOVAL:
            return [each for each in now if not _is(pair, each)]
        enabled = {"enabled": what == ENABLING}
        return [each | enabled if _is(pair, each) else each for each in now]

    done = visit.words(DONE[what], name=pair_name(pair, visit.words))
    return await _written(visit, pairs, done, lambda asked: _turn_form(visit, pair, what, asked))


async def _written_pair(visit: Visit, pair: Pair | None, typed: PairForm) -> Response:
    """Have what was typed in the catalogue; ``pair`` is the one that is changed."""
    if typed.wrong:
        fields = await visit.form()
        asked = Asked(fields.get("key", ""), fields.get("reason", ""))
        wrong = replace(asked, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return await _pair_form(visit, pair, typed, wrong)

    def pairs(now: Pairs) -> Pairs:
        return [*(each for each in now if not _is(typed.body, each)), typed.body]

    done = visit.words(CHANGED if pair else ADDED, name=pair_name(typed.body, visit.words))
    return await _written(visit, pairs, done, lambda asked: _pair_form(visit, pair, typed, asked))


async def _written(
    visit: Visit, pairs: Callable[[Pairs], Pairs], done: str, form: Form
) -> Response:
    """Send the catalogue with a change; the form again when somebody was faster."""
    visit.require(UserRole.ADMIN)
    version = (await visit.form()).get("version", "")

    async def send(reason: str, key: str) -> object:
        now = [as_sent(each) for each in (await read(visit))["pairs"]]
        body = {"pairs": pairs(now)} | ({"reason": reason} if reason else {})
        return await visit.gateway.ask("PUT", RESOURCE, body=body, key=key, headers=seen(version))

    decision = Decision(
        CATALOGUE.name,
        CATALOGUE.path,
        done,
        send,
        form,
        needs_reason=False,
        told=lambda refused: changed_meanwhile(visit, refused),
        then=LOOK_FIRST,
    )
    return await decided(visit, decision)


async def _pair_form(visit: Visit, pair: Pair | None, typed: PairForm, asked: Asked) -> Response:
    visit.require(UserRole.ADMIN)
    values = await _values(visit, asked)
    return visit.page(
        "pages/catalogue-pair.html",
        NEW if pair is None else CATALOGUE,
        crumb=pair_name(pair, visit.words) if pair else None,
        action=address(pair, "change") if pair else NEW.path,
        is_new=pair is None,
        typed=typed,
        billing=BILLING_MODE,
        intervals=SUBSCRIPTION_INTERVAL,
        providers=sorted({*PROVIDER, *(each["provider"] for each in values["pairs"])}),
        methods=sorted({*METHOD, *(each["method"] for each in values["pairs"])}),
        **values,
    )


async def _turn_form(visit: Visit, pair: Pair, what: str, asked: Asked) -> Response:
    visit.require(UserRole.ADMIN)
    _require_known(what)
    values = await _values(visit, asked)
    if asked.notice is None:
        pair_of(values, pair["provider"], pair["method"])
    return visit.page(
        "pages/catalogue-turn.html",
        CATALOGUE,
        crumb=pair_name(pair, visit.words),
        action=address(pair, what),
        what=what,
        offered_by=[] if what == ENABLING else await _offered_by(visit, pair),
        **values,
    )


def _require_known(what: str) -> None:
    if what not in DONE:
        raise NoSuchPage("No page has this address.")


async def _values(visit: Visit, asked: Asked) -> dict[str, Any]:
    """What every form here has; while nobody answers, the version that it came back with."""
    try:
        found = await read(visit)
    except ServiceAway:
        if asked.notice is None:
            raise
        version = (await visit.form()).get("version", "")
        found = {"version": version, "pairs": []}
    return {
        "path": CATALOGUE.path,
        "version": found["version"],
        "pairs": found["pairs"],
        "slot": slot_of(visit),
        **asked.values(),
    }


async def _offered_by(visit: Visit, pair: Pair) -> list[str]:
    """The names of active rules that offer a pair; of none while nobody tells."""
    try:
        rules = (await visit.gateway.get(f"{RULES}/rule-set"))["rules"]
    except ServiceAway:
        return []
    return [rule["name"] for rule in rules if any(_is(pair, each) for each in rule["pairs"])]


async def _is_there(visit: Visit, pair: Pair) -> bool:
    """Whether the catalogue is known to have a pair."""
    try:
        return any(_is(pair, each) for each in (await read(visit))["pairs"])
    except ServiceAway:
        return False


def _is(one: Pair, other: Pair) -> bool:
    return (one["provider"], one["method"]) == (other["provider"], other["method"])
