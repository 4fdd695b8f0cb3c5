"""Terms and decisions as plain data, as contracts have them: what answers, events and stores say.

``written`` is what ``reading.read_terms`` reads; ``terms_of`` reads it back unchecked, for what was
checked when it was saved.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from checkout_rules.domain.catalogue import Ability, Catalogue, Pair
from checkout_rules.domain.conditions import AmountRange, Condition, Custom, MatchList
from checkout_rules.domain.decisions import Answer, Decision, PassedOver
from checkout_rules.domain.rule_set import RuleSet, Terms
from checkout_rules.domain.values import Scalar, Seen
from payops_contracts.checkout_rules import RuleOperator
from payops_contracts.subscriptions import BillingMode, Interval


def written(terms: Terms) -> dict[str, Any]:
    """Terms in the shape of ``RuleTerms`` in contracts; what is not there is left out."""
    return {
        "name": terms.name,
        **_written_conditions(terms.conditions),
        "pairs": [each._asdict() for each in terms.pairs],
    }


def _written_conditions(conditions: Iterable[Condition]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for each in conditions:
        for name, part in each.written().items():
            said[name] = [*said.get(name, ()), *part] if isinstance(part, list) else part
    return said


def terms_of(said: Mapping[str, Any]) -> Terms:
    """The terms back from their written form."""
    amount = said.get("amount")
    return Terms(
        said["name"],
        tuple(Pair(each["provider"], each["method"]) for each in said["pairs"]),
        None
        if amount is None
        else AmountRange(amount["currency"], amount.get("min_minor"), amount.get("max_minor")),
        tuple(
            MatchList(each["key"], tuple(each["values"])) for each in said.get("match_lists", ())
        ),
        tuple(
            Custom(each["path"], RuleOperator(each["operator"]), _tuple(each["value"]))
            for each in said.get("custom_conditions", ())
        ),
    )


def written_catalogue(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Its pairs in the shape of ``CataloguePair`` in contracts."""
    return [
        {
            **pair._asdict(),
            "enabled": ability.enabled,
            "refund": ability.refund,
            "subscriptions": None
            if ability.billing is None
            else {
                "billing": ability.billing.value,
                "intervals": [each.value for each in Interval if each in ability.intervals],
            },
            "pay_by_link": ability.pay_by_link,
        }
        for pair, ability in catalogue.abilities.items()
    ]


def catalogue_pairs(said: Iterable[Mapping[str, Any]]) -> list[tuple[Pair, Ability]]:
    """Pairs and what they can do, back from their written form."""
    return [
        (Pair(each["provider"], each["method"]), _ability(each, each["subscriptions"] or {}))
        for each in said
    ]


def _ability(said: Mapping[str, Any], paid: Mapping[str, Any]) -> Ability:
    return Ability(
        said["enabled"],
        said["refund"],
        frozenset(Interval(each) for each in paid.get("intervals", ())),
        BillingMode(paid["billing"]) if paid else None,
        said["pay_by_link"],
    )


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision with its reasons: which rule answers, what is offered, and what kept each rule
    before it from answering."""
    passed_over = [_passed_over(each) for each in decision.passed_over]
    return {**answer_said(decision.answer, decision.rule_set), "passed_over": passed_over}


def answer_said(answer: Answer, rule_set: RuleSet) -> dict[str, Any]:
    """The same without the reasons: equal for every context that the rule answers."""
    return {
        "rule_set_version": rule_set.version,
        "catalogue_version": rule_set.catalogue.version,
        "rule": {
            "rule_id": answer.rule.id,
            "name": answer.rule.terms.name,
            "version": answer.rule.version,
        },
        "pairs": [each._asdict() for each in answer.pairs],
        "left_out": [each._asdict() for each in answer.left_out],
        "no_pair_enabled": not answer.pairs,
    }


def _passed_over(each: PassedOver) -> dict[str, Any]:
    """``seen`` says why there was nothing to compare; ``value`` what was compared."""
    if isinstance(each.seen, Seen):
        return {**each.said, "seen": str(each.seen)}
    return {**each.said, "seen": "value", "value": each.seen}


def _tuple(value: Any) -> Scalar | tuple[Scalar, ...]:
    single: Scalar | tuple[Scalar, ...] = tuple(value) if isinstance(value, list) else value
    return single
