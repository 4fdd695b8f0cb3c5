"""What somebody else has made of a rule while it was being written."""

from backoffice.errors import Refused
from backoffice.formatting.rule_terms import conditions, pair_name
from backoffice.pages.checkout_rules.reading import Rule, changed_meanwhile
from backoffice.pages.dialogs import Notice
from backoffice.pages.visit import Visit


def theirs(visit: Visit, refused: Refused, rule: Rule) -> Notice:
    """Who changed it, when and to what; what was typed stays, and is saved over it next."""
    words, terms = visit.words, rule["terms"]
    pairs = ", ".join(pair_name(each, words) for each in terms["pairs"])
    notice = changed_meanwhile(visit, refused)
    place = (
        []
        if rule["priority"] is None
        else [words("Priority %(priority)s", priority=rule["priority"])]
    )
    says = "; ".join([terms["name"], *place, *conditions(terms, words), pairs])
    return Notice(
        notice.title,
        [
            *notice.lines,
            words("It says now: %(line)s", line=says),
            words("Below is what you typed. Saving again makes it the next version."),
        ],
    )
