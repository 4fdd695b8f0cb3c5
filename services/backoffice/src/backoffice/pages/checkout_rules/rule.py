"""``/checkout-rules/{rule_id}``: everything about one rule."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import ActionLink
from backoffice.components.timeline import Moment, timeline
from backoffice.formatting.chips import RULE, UNKNOWN, Family, Look
from backoffice.formatting.instants import read_instant
from backoffice.pages.checkout_rules.hits import Hits, hits_by_hour
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    FOLLOWED,
    Rule,
    Said,
    address,
    is_default,
    link,
    remover,
    resource,
    said,
    who,
    why_not,
)
from backoffice.pages.checkout_rules.versions import shown_versions
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import Words
from payops_contracts.checkout_rules import RuleEvent, RuleStatus
from payops_contracts.labels import RULE_EVENT, label
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

DRAFT = RULE[RuleStatus.DRAFT]
LOOKS: Mapping[str, Look] = {
    RuleEvent.CREATED: Look(Family.OFF, "plus"),
    RuleEvent.CHANGED: DRAFT,
    RuleEvent.ACTIVATED: RULE[RuleStatus.ACTIVE],
    RuleEvent.MOVED: Look(Family.MOVING, "arrow-up-down"),
    RuleEvent.ARCHIVED: RULE[RuleStatus.ARCHIVED],
    RuleEvent.RESTORED: Look(Family.RETURNED, "undo-2"),
}

router = APIRouter()


class Kept(NamedTuple):
    """A version as the table of all of them shows it."""

    version: Mapping[str, Any]
    saved_by: str
    said: Said
    is_draft: bool
    actions: Sequence[ActionLink]


@router.get("/checkout-rules/{rule_id}")
async def rule(rule_id: PathId, visit: Visiting) -> Response:
    """The rule's page, or its content alone; it follows its rule."""
    found = await read(visit, rule_id)
    kept = (await visit.gateway.get(resource(rule_id, "/versions")))["items"]
    words, now = visit.words, datetime.now(UTC)
    return visit.page(
        "pages/checkout-rule.html",
        ADAPTIVE_CHECKOUT,
        crumb=found["name"],
        path=address(rule_id),
        follows=FOLLOWED,
        rule=found,
        versions=shown_versions(found, words),
        sentences=list(sentences(found, words)),
        actions=actions(visit, found),
        hits=_hits(visit, found),
        days=timeline(_moments(found, words), visit.zone, now, words),
        kept=[_kept(visit, found, each) for each in kept],
    )


async def read(visit: Visit, rule_id: str) -> Rule:
    """The rule as the gateway answers it."""
    found: Rule = await visit.gateway.get(resource(rule_id))
    return found


def actions(visit: Visit, rule: Rule) -> list[ActionLink]:
    """What can be done with it now, or why not."""
    words, path, can = visit.words, address(rule["rule_id"]), rule["actions"]
    is_active = rule["status"] == RuleStatus.ACTIVE
    found = [
        link(
            visit, "change", words("Change"), "pencil", f"{path}/change", UserRole.OPERATOR,
            why_not(can["change"], words), dialog=False,
        ),
        link(
            visit, "activate", words("Activate"), "circle-check", f"{path}/activation",
            UserRole.APPROVER, why_not(can["activate"], words),
        ),
        link(
            visit, "remove", words("Remove"), "trash-2", f"{path}/removal", remover(rule),
            why_not(can["remove"], words),
        ),
    ]  # fmt: skip
    left_out = {"remove"} if is_default(rule) else set()
    left_out |= {"activate"} if is_active and not rule["has_draft"] else set()
    left_out |= {"remove", "activate"} if rule["status"] == RuleStatus.ARCHIVED else set()
    return [each for each in found if each.id not in left_out]


def sentences(rule: Rule, words: Words) -> Iterator[str]:
    """Where the rule stands, and what its next step waits for."""
    match RuleStatus(rule["status"]):
        case RuleStatus.DRAFT:
            yield words(
                "It is a draft and answers no checkout yet. An approver activates it, after the "
                "checks have told what it would change."
            )
        case RuleStatus.ARCHIVED:
            yield words(
                "It was removed and answers no checkout. Each of its versions can be restored as "
                "a draft."
            )
        case RuleStatus.ACTIVE if is_default(rule):
            yield words("It answers each checkout for which no other rule holds.")
        case RuleStatus.ACTIVE:
            yield words(
                "It answers each checkout for which all its conditions hold, unless a rule with a "
                "lower priority number does."
            )
    if rule["status"] == RuleStatus.ACTIVE and rule["has_draft"]:
        yield words(
            "Version %(draft)s is a draft: version %(active)s answers until an approver "
            "activates the draft.",
            draft=rule["version"],
            active=rule["active_version"],
        )


def _hits(visit: Visit, rule: Rule) -> Hits | None:
    """None of a rule that does not answer."""
    hours = rule["hits_by_hour"]
    if hours is None or rule["status"] != RuleStatus.ACTIVE:
        return None
    return hits_by_hour(hours, visit.zone, visit.words)


def _kept(visit: Visit, rule: Rule, version: Mapping[str, Any]) -> Kept:
    number, words = version["version"], visit.words
    below = f"/versions/{number}"
    found = [
        ActionLink(
            f"view-{number}", words("View version %(version)s", version=number), "eye",
            address(rule["rule_id"], below), dialog=True,
        )
    ]  # fmt: skip
    if number != rule["version"]:
        found.append(
            link(
                visit, f"restore-{number}", words("Restore version %(version)s", version=number),
                "undo-2", address(rule["rule_id"], f"{below}/restoration"), UserRole.OPERATOR,
                why_not(rule["actions"]["restore"], words),
            )
        )  # fmt: skip
    return Kept(
        version,
        who(version["saved_by"], words),
        said(version["terms"], version["pairs"], words),
        rule["has_draft"] and number == rule["version"],
        found,
    )


def _moments(rule: Rule, words: Words) -> Iterator[Moment]:
    for row in rule["history"]:
        yield Moment(
            at=read_instant(row["occurred_at"]),
            what=words(label(RULE_EVENT, row["event"])),
            look=LOOKS.get(row["event"], UNKNOWN),
            more=[part for part in _more(row, words) if part],
        )


def _more(row: Mapping[str, Any], words: Words) -> Iterator[str]:
    yield words("version %(version)s", version=row["version"])
    if row["priority_before"] is not None:
        yield words("priority before: %(priority)s", priority=row["priority_before"])
    yield who(row["actor"], words)
    if row["reason"]:
        yield f"“{row['reason']}”"
