"""What is found about checkout rules before one is activated, as people read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from backoffice.formatting.chips import Family, Look
from backoffice.formatting.rule_terms import pair_name
from backoffice.words import Words, word
from payops_contracts.checkout_rules import RuleFinding, Severity
from payops_contracts.labels import (
    CHANNEL,
    FINDING_SENTENCE,
    MATCH_KEY,
    PAYMENT_TYPE,
    RULE_FINDING,
    SEVERITY,
)
from payops_contracts.money import format_money
from payops_kernel.http.paths import encoded_id

LOOKS = {
    Severity.ERROR: Look(Family.BAD, "circle-x"),
    Severity.WARNING: Look(Family.CARE, "triangle-alert"),
    Severity.NOTE: Look(Family.OFF, "info"),
}
MENDS: Mapping[str, str] = {
    RuleFinding.NO_PAIRS: word("Choose at least one pair."),
    RuleFinding.UNKNOWN_PAIR: word("Take the pair out, or have an admin add it to the catalogue."),
    RuleFinding.PRIORITY_TAKEN: word("Write a priority that no active rule has."),
    RuleFinding.NEVER_MATCHES: word("Take out one of the conditions that exclude each other."),
    RuleFinding.SHADOWED: word("Have it tried earlier, or narrow the earlier rule."),
    RuleFinding.SHADOWED_TOGETHER: word("Have it tried earlier, or narrow the earlier rules."),
    RuleFinding.OVERLAP: word("If it should answer there, have it tried earlier."),
    RuleFinding.EXCEPTION_FIRST: word("If no exception is meant, have the wider rule tried first."),
    RuleFinding.USELESS_PAIR: word("Take the pair out, or let through what it can do."),
    RuleFinding.PAIR_DISABLED: word("An admin can enable it in the provider catalogue."),
    RuleFinding.NO_PAIR_LEFT: word("Add an enabled pair, or have an admin enable one of these."),
    RuleFinding.DEFAULT_WITHOUT_PAIRS: word("Give the default rule a pair that is enabled."),
}
"""What is to be done about a finding."""
AMOUNT, CURRENCY = "amount_minor", "currency"
KNOWN = {"channel": CHANNEL, "type": PAYMENT_TYPE}
"""Values of a context that have words."""


class Named(NamedTuple):
    """A rule and the way to it; without ``href`` it is the one that is being written."""

    name: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    severity: str
    look: Look
    label: str
    detail: str
    mend: str
    rules: Sequence[Named]
    example: Sequence[tuple[str, str]] | None
    """A context to which it happens, value by value; empty for one in which nothing is known."""


def findings(
    found: Sequence[Mapping[str, Any]], words: Words, own: str | None = None
) -> list[Finding]:
    """The findings that the gateway answers; ``own`` is the rule that is being written."""
    return [_finding(each, words, own) for each in found]


def _finding(each: Mapping[str, Any], words: Words, own: str | None) -> Finding:
    severity, code = each["severity"], each["code"]
    label = RULE_FINDING.get(code, code)
    return Finding(
        severity=words(SEVERITY[severity]),
        look=LOOKS[Severity(severity)],
        label=words(label),
        detail=_sentence(each, words),
        mend=words(MENDS.get(code, "")),
        rules=[_named(rule, own) for rule in each["rules"]],
        example=None if each["example"] is None else example(each["example"], words),
    )


def _sentence(each: Mapping[str, Any], words: Words) -> str:
    """What the service says, in the reader's words; of a kind that is new here as it says it."""
    sentence = FINDING_SENTENCE.get(each["code"])
    if sentence is None:
        return str(each["detail"])
    first, *others = (f'"{rule["name"]}"' for rule in each["rules"])
    pairs = ", ".join(pair_name(pair, words) for pair in each["pairs"])
    return words(sentence).format(rule=first, others=", ".join(others), pairs=pairs)


def example(context: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """A context, value by value: its amount with its currency, all else by its path."""
    said = []
    amount, currency = context.get(AMOUNT), context.get(CURRENCY)
    rest = dict(context)
    if isinstance(amount, int) and isinstance(currency, str):
        said.append((words("Amount"), format_money(amount, currency, words.language)))
        rest = {key: value for key, value in context.items() if key not in (AMOUNT, CURRENCY)}
    for path, value in _paths(rest):
        name = words(MATCH_KEY[path]) if path in MATCH_KEY else path
        said.append((name, _value(path, value, words)))
    return said


def _paths(context: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in context.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{above}{key}/")
        else:
            yield above + key, value


def _value(path: str, value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words("Yes") if value else words("No")
    known = KNOWN.get(path, {}).get(str(value))
    return words(known) if known else str(value)


def _named(rule: Mapping[str, Any], own: str | None) -> Named:
    rule_id = rule["rule_id"]
    is_own = rule_id is None or rule_id == own
    href = None if is_own else f"/checkout-rules/{encoded_id(rule_id)}"
    return Named(rule["name"], href)
