"""What a checkout rule says, in the reader's words: its conditions and its pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.words import Words
from payops_contracts.checkout_rule_labels import CONDITION_SENTENCE, MATCH_KEY, said_value
from payops_contracts.checkout_rules import RuleOperator
from payops_contracts.labels import METHOD, PROVIDER
from payops_contracts.money import format_money

Terms = Mapping[str, Any]
"""``RuleTerms`` of the contracts, as JSON has it: what is not there is left out, or null."""

WITHOUT_CONDITIONS = CONDITION_SENTENCE["no_conditions"]


def conditions(terms: Terms, words: Words) -> list[str]:
    """A sentence for each condition; one that says so where there is none."""
    said = [*general_conditions(terms, words), *custom_conditions(terms, words)]
    return said or [words(WITHOUT_CONDITIONS)]


def general_conditions(terms: Terms, words: Words) -> list[str]:
    """The amount range and the match lists."""
    amount = terms.get("amount")
    said = [] if amount is None else [_range(amount, words)]
    lists = terms.get("match_lists") or ()
    return said + [_compared(RuleOperator.IN, each["key"], each["values"], words) for each in lists]


def custom_conditions(terms: Terms, words: Words) -> list[str]:
    """The custom rules, in their order."""
    customs = terms.get("custom_conditions") or ()
    return [_compared(each["operator"], each["path"], each["value"], words) for each in customs]


def subject(path: str, words: Words) -> str:
    """What a condition looks at; a key without a name is shown as it is."""
    return words(MATCH_KEY[path]) if path in MATCH_KEY else path


def said_values(value: Any) -> str:
    """One value, or those of a list."""
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    return ", ".join(said_value(each) for each in listed)


def pair_name(pair: Mapping[str, Any], words: Words) -> str:
    """``Adyen / Credit card``; what has no name is shown as it is."""
    return f"{provider_name(pair, words)} / {method_name(pair, words)}"


def provider_name(pair: Mapping[str, str], words: Words) -> str:
    """Who takes the money."""
    return words(PROVIDER.get(pair["provider"], pair["provider"]))


def method_name(pair: Mapping[str, str], words: Words) -> str:
    """How it is paid."""
    return words(METHOD.get(pair["method"], pair["method"]))


def _range(amount: Mapping[str, Any], words: Words) -> str:
    low, high = amount.get("min_minor"), amount.get("max_minor")
    form = "amount_range"
    if low is None:
        form = "amount_at_most"
    elif high is None:
        form = "amount_at_least"
    written = {
        name: format_money(minor, amount["currency"], words.language)
        for name, minor in (("low", low), ("high", high))
        if minor is not None
    }
    return words(CONDITION_SENTENCE[form]).format(**written)


def _compared(operator: str, path: str, value: Any, words: Words) -> str:
    sentence = words(CONDITION_SENTENCE[operator])
    return sentence.format(subject=subject(path, words), value=said_values(value))
