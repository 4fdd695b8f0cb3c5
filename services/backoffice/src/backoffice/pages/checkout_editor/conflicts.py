"""What somebody else has made of a rule while it was being written."""

from collections.abc import Mapping
from typing import Any

from backoffice.formatting.instants import read_instant, shown_instant
from backoffice.pages.dialogs import Notice
from backoffice.pages.visit import Visit
from payops_contracts.checkout_rule_labels import RULE_EVENT


def theirs(visit: Visit, rule: Mapping[str, Any]) -> Notice:
    """Who changed it, when and to what; what was typed stays, and is saved over it next."""
    words = visit.words
    at = shown_instant(read_instant(rule["changed_at"]), visit.zone, visit.language)
    who = words(
        "%(who)s changed it on %(at)s: %(what)s.",
        who=rule["changed_by"],
        at=at.local,
        what=_what(rule, visit),
    )
    lines = [who, words("It says now: %(line)s", line=_says(rule))]
    return Notice(
        words("The rule has changed since you opened this page. Nothing was saved."),
        [*lines, words("Below is what you typed. Saving again makes it the next version.")],
    )


def _what(rule: Mapping[str, Any], visit: Visit) -> str:
    newest = next(iter(rule["history"]), None)
    if newest is None:
        return visit.words("version %(version)s", version=rule["version"])
    return visit.words(RULE_EVENT.get(newest["event"], newest["label"]))


def _says(rule: Mapping[str, Any]) -> str:
    pairs = " → ".join(each["label"] for each in rule["pairs"])
    return "; ".join([*rule["conditions"], pairs])
