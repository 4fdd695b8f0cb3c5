"""``/checkout-rules``: the rules in the order in which they are tried."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import ActionLink
from backoffice.components.findings import Finding
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    RESOURCE,
    Rule,
    Said,
    address,
    is_default,
    link,
    remover,
    said,
    who,
)
from backoffice.pages.dialogs import Notice
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.checkout_rules import RuleStatus
from payops_contracts.labels import RULE_STATUS
from payops_kernel.auth.principals import UserRole

ALL = "ALL"
TABS = {
    RuleStatus.ACTIVE.value: RULE_STATUS[RuleStatus.ACTIVE],
    RuleStatus.DRAFT.value: RULE_STATUS[RuleStatus.DRAFT],
    RuleStatus.ARCHIVED.value: RULE_STATUS[RuleStatus.ARCHIVED],
    ALL: word("All"),
}
"""By the value in the address; without one the first."""
OPENED = next(iter(TABS))
ROWS_A_PAGE = 200

router = APIRouter()


class Row(NamedTuple):
    """A rule as the overview shows it."""

    rule: Rule
    said: Said
    href: str
    changed_by: str
    actions: Sequence[ActionLink]
    movable: bool
    """Whether its place can be changed here."""


class Wanted(NamedTuple):
    """An order that somebody makes, and has not saved."""

    rule_ids: Sequence[str]
    reason: str = ""
    moved: str = ""
    """The rule that was moved last."""


class Listed(NamedTuple):
    """What the gateway answered."""

    items: Sequence[Rule]
    total: int
    previous: str | None = None
    next: str | None = None


@router.get(ADAPTIVE_CHECKOUT.path)
async def checkout_rules(visit: Visiting) -> Response:
    """The active rules, or those of another status; they alone after a change."""
    return await shown(visit)


async def shown(
    visit: Visit,
    wanted: Wanted | None = None,
    notice: Notice | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    found: Sequence[Finding] = (),
) -> Response:
    """The page: with an order that is not saved yet, or with what is to be said of one.

    ``found`` is what the checks found of that order; who accepts it saves it all the same.
    """
    tab = visit.request.query_params.get("status", OPENED)
    tab = tab if tab in TABS else OPENED
    q = visit.request.query_params.get("q", "").strip()
    orders = tab == OPENED and not q and visit.may(UserRole.APPROVER)
    # Before the rules: should they change in between, an older version is refused.
    version = (await visit.gateway.get(f"{RESOURCE}/rule-set"))["version"] if orders else None
    listed = await _listed(visit, tab, q)
    rows = [_row(visit, each, orders=orders) for each in listed.items]
    return visit.page(
        "pages/checkout-rules.html",
        ADAPTIVE_CHECKOUT,
        status=status,
        headers=headers,
        rows=in_order(rows, wanted.rule_ids) if wanted else rows,
        listed=listed,
        movable=sum(row.movable for row in rows),
        tab=tab,
        tabs={each: (label, _tab(each, q)) for each, label in TABS.items()},
        q=q,
        version=version,
        wanted=wanted,
        notice=notice,
        found=found,
        here=visit.address() if visit.request.method == "GET" else ADAPTIVE_CHECKOUT.path,
        create=link(
            visit, "create-rule", visit.words("Create rule"), "plus",
            f"{ADAPTIVE_CHECKOUT.path}/new", UserRole.OPERATOR, dialog=False,
        ),
        selectable=visit.may(UserRole.OPERATOR) and any(_is_removable(row.rule) for row in rows),
    )  # fmt: skip


def in_order(rows: Sequence[Row], rule_ids: Iterable[str]) -> list[Row]:
    """The rows as somebody wants them; what they do not name stays behind, ``default`` last."""
    places = {rule_id: place for place, rule_id in enumerate(rule_ids)}
    return sorted(
        rows,
        key=lambda row: (not row.movable, places.get(row.rule["rule_id"], len(places))),
    )


async def _listed(visit: Visit, tab: str, q: str) -> Listed:
    """All active rules, whose order is shown as a whole; of others a page."""
    query: dict[str, Any] = {"limit": ROWS_A_PAGE, "q": q, "status": "" if tab == ALL else tab}
    cursor = None if tab == OPENED else visit.request.query_params.get("cursor")
    answer = await visit.gateway.get(RESOURCE, query | {"cursor": cursor})
    items = list(answer["items"])
    if tab != OPENED:
        pages = (visit.address(cursor=answer[way]) if answer[way] else None for way in WAYS)
        return Listed(items, answer["total"], *pages)
    while answer["next"]:
        answer = await visit.gateway.get(RESOURCE, query | {"cursor": answer["next"]})
        items += answer["items"]
    return Listed(items, len(items))


WAYS = ("previous", "next")


def _row(visit: Visit, rule: Rule, *, orders: bool) -> Row:
    return Row(
        rule,
        said(rule["terms"], rule["pairs"], visit.words),
        address(rule["rule_id"]),
        who(rule["changed_by"], visit.words),
        list(_actions(visit, rule)),
        movable=orders and not is_default(rule),
    )


def _actions(visit: Visit, rule: Rule) -> Iterable[ActionLink]:
    """What can be done with a rule without looking at it first."""
    rule_id, name, words = rule["rule_id"], rule["name"], visit.words
    if not visit.may(UserRole.OPERATOR) or rule["status"] == RuleStatus.ARCHIVED:
        return
    yield ActionLink(
        f"change-{rule_id}", words("Change %(name)s", name=name), "pencil",
        address(rule_id, "/change"),
    )  # fmt: skip
    if _is_removable(rule):
        yield link(
            visit, f"remove-{rule_id}", words("Remove %(name)s", name=name), "trash-2",
            address(rule_id, "/removal"), remover(rule),
        )  # fmt: skip


def _is_removable(rule: Rule) -> bool:
    return not is_default(rule) and rule["status"] != RuleStatus.ARCHIVED


def _tab(status: str, q: str) -> list[tuple[str, str]]:
    said = {"status": "" if status == OPENED else status, "q": q}
    return [(name, value) for name, value in said.items() if value]
