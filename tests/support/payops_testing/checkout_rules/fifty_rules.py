"""Fifty rules of four conditions each, as a shop might have them, and contexts that meet them."""

from random import Random
from typing import Any

from checkout_rules.domain.conditions import AmountRange, Custom, MatchList
from checkout_rules.domain.rule_set import ActiveRule, RuleSet, Terms
from payops_contracts.checkout_rules import RuleOperator
from payops_contracts.ids import RuleId
from payops_testing.checkout_rules.builders import CATALOGUE, a_rule_set

RULES = 50
CATEGORIES = tuple(f"category-{number}" for number in range(20))
CHANNELS = ("web", "mobile", "pos", "call-center")
USERS = ("consumer", "business", "staff")
COUNTRIES = ("IT", "DE", "FR", "US", "ES")
CURRENCIES = ("EUR", "USD", "GBP")


def fifty_rules(version: int = 1, seed: int = 7) -> RuleSet:
    """An amount range, two match lists and a custom condition each; the default is one of them."""
    random = Random(seed)
    return a_rule_set(*(_rule(random, number) for number in range(1, RULES)), version=version)


def _rule(random: Random, number: int) -> ActiveRule:
    low = random.randrange(50_000)
    customs = (
        Custom("basket/quantity", RuleOperator.GREATER_OR_EQUAL_THAN, random.randrange(20)),
        Custom("country", RuleOperator.NOT_IN, tuple(random.sample(COUNTRIES, 2))),
        Custom("user_type", RuleOperator.EQUALS, random.choice(USERS)),
    )
    terms = Terms(
        f"Rule {number}",
        tuple(random.sample(CATALOGUE.all_pairs, 3)),
        AmountRange(random.choice(CURRENCIES[:2]), low, low + random.randrange(1_000, 20_000)),
        (
            MatchList("channel", tuple(random.sample(CHANNELS, 2))),
            MatchList("product_category", tuple(random.sample(CATEGORIES, 5))),
        ),
        (random.choice(customs),),
    )
    return ActiveRule(RuleId(f"rule-{number}"), 1, number, terms)


def contexts(count: int, seed: int = 8) -> list[dict[str, Any]]:
    """Checkouts with everything that the rules look at."""
    random = Random(seed)
    return [
        {
            "amount_minor": random.randrange(100, 80_000),
            "currency": random.choice(CURRENCIES),
            "channel": random.choice(CHANNELS),
            "type": "DIRECT",
            "product_category": random.choice(CATEGORIES),
            "user_type": random.choice(USERS),
            "country": random.choice(COUNTRIES),
            "basket": {"quantity": random.randrange(30)},
        }
        for _ in range(count)
    ]
