"""What the pages of checkout rules have in common: addresses, resources, and rules in words."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from backoffice.components.actions import NEEDS_ROLE, ActionLink
from backoffice.errors import Refused
from backoffice.formatting.instants import read_instant, shown_instant
from backoffice.formatting.rule_terms import Terms, conditions, pair_name
from backoffice.pages.checkout_rules import refusals
from backoffice.pages.dialogs import Notice
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visit
from backoffice.words import Words, word
from payops_contracts.checkout_rules import DEFAULT_RULE, RuleStatus
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

ADAPTIVE_CHECKOUT = Page(
    "checkout-rules",
    "/checkout-rules",
    word("Adaptive Checkout"),
    icon="split",
    section=Section.MAIN,
    key="r",
)
RESOURCE = "/v1/checkout-rules"
CHECKS = f"{RESOURCE}/checks"
FOLLOWED = "checkout-rules"
"""The kind of things that pages follow here."""
CHANGED = word("The rules have changed since you opened this. Nothing was saved.")

OURS, SYSTEM = "/payops/", word("system")

Rule = Mapping[str, Any]
"""A rule as the gateway answers it, in a list or alone."""


class PairSaid(NamedTuple):
    """A provider-payment method pair of a rule."""

    name: str
    enabled: bool
    """Whether the catalogue lets it answer."""


class Said(NamedTuple):
    """One version of a rule in words."""

    conditions: list[str]
    pairs: list[PairSaid]


def said(terms: Terms, pairs: list[Mapping[str, Any]], words: Words) -> Said:
    """Terms and their pairs, which the service says to be enabled or not."""
    named = [PairSaid(pair_name(each, words), each["enabled"]) for each in pairs]
    return Said(conditions(terms, words), named)


def who(actor: str, words: Words) -> str:
    """Who did something; the service itself is the system."""
    return words(SYSTEM) if actor.startswith(OURS) else actor


def resource(rule_id: str, below: str = "") -> str:
    """Where the gateway has a rule."""
    return f"{RESOURCE}/{encoded_id(rule_id)}{below}"


def address(rule_id: str, below: str = "") -> str:
    """Of a rule's page, or of a dialog about it."""
    return f"{ADAPTIVE_CHECKOUT.path}/{encoded_id(rule_id)}{below}"


def is_default(rule: Rule) -> bool:
    """Whether it is the rule that answers when no other does."""
    return str(rule["rule_id"]) == DEFAULT_RULE


def remover(rule: Rule) -> UserRole:
    """Who may remove it: what answers at checkouts is an approver's."""
    return UserRole.APPROVER if rule["status"] == RuleStatus.ACTIVE else UserRole.OPERATOR


def seen(step: str) -> dict[str, str]:
    """The header that names what was looked at: a change of anything newer is refused."""
    return {"if-match": f'"{step}"'}


def changed_meanwhile(visit: Visit, refused: Refused) -> Notice:
    """That somebody was faster, and what they did; else why it is refused."""
    words, changed = visit.words, refused.problem.get("changed")
    if refused.answered != HTTPStatus.PRECONDITION_FAILED:
        reasons = dict.fromkeys(each["why_not"] for each in refused.problem.get("rules", ()))
        return Notice(refusals.said(refused, words), [words(each) for each in reasons])
    if changed is None:
        return Notice(words(CHANGED), [refusals.said(refused, words)])
    at = shown_instant(read_instant(changed["at"]), visit.zone, visit.language)
    what, who = changed["label"], changed["by"]
    said = words("%(who)s changed it on %(at)s: %(what)s.", who=who, at=at.local, what=words(what))
    return Notice(words(CHANGED), [said])


def link(
    visit: Visit, id: str, label: str, icon: str, href: str, role: UserRole,
    reason: str = "", *, dialog: bool = True,
) -> ActionLink:  # fmt: skip
    """Something to do, or why it cannot be done: the service's ``reason``, or a missing role."""
    reason = reason or ("" if visit.may(role) else visit.words(NEEDS_ROLE[role]))
    return ActionLink(id, label, icon, None if reason else href, reason, dialog=dialog)


def why_not(said: Mapping[str, Any], words: Words) -> str:
    """Why the service would refuse it, in words; empty when it would not."""
    reason = said["why_not"] or ""
    return "" if said["allowed"] else words(reason)
