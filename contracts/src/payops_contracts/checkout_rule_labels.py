"""The words that people read of checkout rules."""

from payops_contracts.checkout_rules import (
    RuleEvent,
    RuleFinding,
    RuleOperator,
    RuleStatus,
    Severity,
)

RULE_STATUS: dict[str, str] = {
    RuleStatus.DRAFT: "Draft",
    RuleStatus.ACTIVE: "Active",
    RuleStatus.ARCHIVED: "Archived",
}
RULE_OPERATOR: dict[str, str] = {
    RuleOperator.EQUALS: "equals",
    RuleOperator.NOT_EQUALS: "not equals",
    RuleOperator.IN: "in",
    RuleOperator.NOT_IN: "not in",
    RuleOperator.GREATER_THAN: "greater than",
    RuleOperator.GREATER_OR_EQUAL_THAN: "greater or equal than",
    RuleOperator.LESS_THAN: "less than",
    RuleOperator.LESS_OR_EQUAL_THAN: "less or equal than",
}
"""As one chooses them."""

CONDITION_SENTENCE: dict[str, str] = {
    RuleOperator.EQUALS: "{subject} is {value}",
    RuleOperator.NOT_EQUALS: "{subject} is not {value}",
    RuleOperator.IN: "{subject} is one of {value}",
    RuleOperator.NOT_IN: "{subject} is none of {value}",
    RuleOperator.GREATER_THAN: "{subject} over {value}",
    RuleOperator.GREATER_OR_EQUAL_THAN: "{subject} at least {value}",
    RuleOperator.LESS_THAN: "{subject} under {value}",
    RuleOperator.LESS_OR_EQUAL_THAN: "{subject} at most {value}",
    "amount_range": "Amount from {low} to {high}",
    "amount_at_least": "Amount from {low}",
    "amount_at_most": "Amount up to {high}",
    "no_conditions": "Always",
}
"""As one reads a condition."""

MATCH_KEY: dict[str, str] = {
    "product_category": "Product Category",
    "channel": "Channel",
    "user_type": "User Type",
}
"""The keys of match lists that have a name; any other is shown as it is."""

RULE_EVENT: dict[str, str] = {
    RuleEvent.CREATED: "Rule created",
    RuleEvent.CHANGED: "Rule changed",
    RuleEvent.ACTIVATED: "Rule activated",
    RuleEvent.MOVED: "Priority changed",
    RuleEvent.ARCHIVED: "Rule removed",
    RuleEvent.RESTORED: "Version restored",
}
RULE_FINDING: dict[str, str] = {
    RuleFinding.NO_PAIRS: "It has no pairs",
    RuleFinding.UNKNOWN_PAIR: "The pair is not in the catalogue",
    RuleFinding.PRIORITY_TAKEN: "Another active rule has the priority",
    RuleFinding.NEVER_MATCHES: "It can never match",
    RuleFinding.SHADOWED: "Shadowed by an earlier rule",
    RuleFinding.SHADOWED_TOGETHER: "Shadowed by earlier rules together",
    RuleFinding.OVERLAP: "Overlaps with a rule that has other pairs",
    RuleFinding.EXCEPTION_FIRST: "Comes before a wider rule with other pairs",
    RuleFinding.USELESS_PAIR: "The pair cannot do what its payments need",
    RuleFinding.PAIR_DISABLED: "The pair is disabled",
    RuleFinding.NO_PAIR_LEFT: "None of its pairs is enabled",
    RuleFinding.DEFAULT_WITHOUT_PAIRS: "Payments fall to the default, which has no enabled pair",
}
"""What is found before a rule is activated."""

FINDING_SENTENCE: dict[str, str] = {
    RuleFinding.NO_PAIRS: "{rule} offers no pair.",
    RuleFinding.UNKNOWN_PAIR: "{rule} offers {pairs}, which the catalogue does not have.",
    RuleFinding.PRIORITY_TAKEN: "{others} is active with the priority of {rule}.",
    RuleFinding.NEVER_MATCHES: "The conditions of {rule} exclude each other.",
    RuleFinding.SHADOWED: "{others} holds wherever {rule} does, and is tried first: {rule} never "
    "answers.",
    RuleFinding.SHADOWED_TOGETHER: "Wherever {rule} holds, one of {others} does, and is tried "
    "first: {rule} never answers.",
    RuleFinding.OVERLAP: "Where {rule} and {others} both hold, {others} answers with its own "
    "pairs, for it is tried first.",
    RuleFinding.EXCEPTION_FIRST: "{others} is an exception from {rule}: it is tried first and has "
    "other pairs.",
    RuleFinding.USELESS_PAIR: "All that {rule} lets through needs what {pairs} cannot do.",
    RuleFinding.PAIR_DISABLED: "{rule} offers {pairs}, which is disabled: the others answer.",
    RuleFinding.NO_PAIR_LEFT: "All pairs of {rule} are disabled: it answers with none.",
    RuleFinding.DEFAULT_WITHOUT_PAIRS: "Some payments fall to {rule}, which has no enabled pair.",
}
"""What is found, of rules and pairs by their names."""
SEVERITY: dict[str, str] = {
    Severity.ERROR: "Error",
    Severity.WARNING: "Warning",
    Severity.NOTE: "Note",
}
SEEN: dict[str, str] = {"missing": "missing", "wrong_type": "wrong type"}
"""What a decision says where there is no value that could be compared."""


def said_value(value: str | float | bool) -> str:
    """A value of a condition as one reads it: letters that look like another kind, or whose own
    ends would not be seen, stand in quotation marks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) and _looks_typed(value) else str(value)


def _looks_typed(text: str) -> bool:
    if text in {"true", "false"} or text != text.strip() or not text or "," in text:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
