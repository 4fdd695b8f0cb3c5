"""Simulations: what would change, to the minor unit, and that it is what then happens."""

import json
from random import Random
from typing import Any

import pytest

from checkout_rules.domain.blocks import BLOCK_ROWS_MAX, Block, leaves, pack
from checkout_rules.domain.conditions import AmountRange
from checkout_rules.domain.contexts import payment_context
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.simulation import CHANGED_NAMED_MAX, Flow, Replay, Sum, simulate
from payops_testing.checkout_rules.builders import (
    ADYEN,
    CATALOGUE,
    NEXI,
    STRIPE,
    a_rule,
    an_evaluator,
    custom,
    one_of,
    the_default,
    with_disabled,
)

PAYMENTS = 1_000
DEFAULT = the_default((STRIPE,))
WEB = a_rule("web", 1, one_of("channel", "web"), pairs=(ADYEN, NEXI))
DEAR = a_rule("dear", 2, amount=AmountRange("EUR", 5000), pairs=(NEXI,))


def payments(count: int = PAYMENTS, seed: int = 9) -> list[tuple[str, dict[str, Any]]]:
    """Stored payments: name and context."""
    random = Random(seed)
    return [
        (
            f"ORD-{number:05}",
            payment_context(
                random.randrange(1, 10_000),
                random.choice(("EUR", "USD", "JPY")),
                random.choice(("web", "mobile", "pos")),
                "DIRECT",
                {"basket/quantity": random.randrange(20)} if random.random() < 0.7 else {},
            ),
        )
        for number in range(count)
    ]


def in_blocks(rows: list[tuple[str, dict[str, Any]]], size: int) -> list[Block]:
    """Packed, so many a block."""
    return [pack(rows[at : at + size]) for at in range(0, len(rows), size)]


def test_what_a_simulation_says_of_each_payment_is_what_activating_the_draft_does() -> None:
    rows = payments()
    active = an_evaluator(WEB, default=DEFAULT)
    draft = an_evaluator(WEB, DEAR, default=DEFAULT, version=2)
    found = simulate(active, draft, in_blocks(rows, 300))
    happened = []
    for name, context in rows:
        before, after = active.evaluate(context), Evaluator(draft.rule_set).evaluate(context)
        if before.pairs != after.pairs:
            happened.append((name, before.rule.id, after.rule.id))
    assert [tuple(each) for each in found.changed_payments] == happened
    assert 0 < found.changed == len(happened) < PAYMENTS


def test_changes_are_summed_by_currency_and_never_across() -> None:
    rows = payments()
    active, draft = an_evaluator(WEB, default=DEFAULT), an_evaluator(default=DEFAULT, version=2)
    found = simulate(active, draft, in_blocks(rows, 128))
    of_web = [context for _name, context in rows if context["channel"] == "web"]
    expected = {
        currency: Sum(
            sum(1 for each in of_web if each["currency"] == currency),
            sum(each["amount_minor"] for each in of_web if each["currency"] == currency),
        )
        for currency in ("EUR", "JPY", "USD")
    }
    assert found.changed_by_currency == expected
    assert list(found.changed_by_currency) == sorted(expected)


def test_every_payment_flows_from_its_first_pair_to_the_one_that_it_would_be_offered_first() -> (
    None
):
    rows = [
        ("a", payment_context(100, "EUR", "web", "DIRECT")),
        ("b", payment_context(250, "EUR", "web", "DIRECT")),
        ("c", payment_context(300, "EUR", "pos", "DIRECT")),
        ("d", payment_context(900, "JPY", "pos", "DIRECT")),
    ]
    active = an_evaluator(WEB, default=DEFAULT)
    draft = an_evaluator(default=DEFAULT, catalogue=with_disabled(STRIPE))
    found = simulate(active, draft, [pack(rows)])
    assert found.flows == (
        Flow(ADYEN, None, "EUR", Sum(2, 350)),
        Flow(STRIPE, None, "EUR", Sum(1, 300)),
        Flow(STRIPE, None, "JPY", Sum(1, 900)),
    )


def test_hits_are_counted_for_each_rule_and_those_never_hit_are_named() -> None:
    never = a_rule("never", 3, one_of("channel", "kiosk"))
    draft = an_evaluator(WEB, DEAR, never, default=DEFAULT)
    found = simulate(an_evaluator(), draft, in_blocks(payments(), 400))
    assert [each.rule_id for each in found.draft_hits] == ["web", "dear", "never", "default"]
    assert sum(each.hits for each in found.draft_hits) == found.payments == PAYMENTS
    assert [each.hits for each in found.active_hits] == [PAYMENTS]
    assert found.never_hit == ("never",)


def test_payments_that_lack_what_a_draft_looks_at_are_counted() -> None:
    rows = payments()
    many = a_rule("many", 1, custom("basket/quantity", "greater_than", 5), one_of("country", "IT"))
    found = simulate(an_evaluator(), an_evaluator(many), in_blocks(rows, 100))
    without = sum(1 for _name, context in rows if "basket" not in context)
    assert found.lacking == {"basket/quantity": without, "country": PAYMENTS}
    assert 0 < without < PAYMENTS


def test_two_simulations_of_the_same_are_the_same_bytes_however_they_are_packed() -> None:
    rows = payments()
    said = {
        simulate(
            an_evaluator(WEB, default=DEFAULT), an_evaluator(DEAR, version=2), in_blocks(rows, size)
        ).to_bytes()
        for size in (1, 77, 1_000)
    }
    assert len(said) == 1
    read = json.loads(said.pop())
    assert (read["active_version"], read["draft_version"], read["payments"]) == (1, 2, PAYMENTS)
    assert sum(each["payments"] for each in read["flows"]) == PAYMENTS


def test_a_simulation_of_the_same_rules_changes_nothing() -> None:
    same = an_evaluator(WEB, DEAR)
    found = simulate(same, same, in_blocks(payments(), 500))
    assert (found.changed, found.changed_payments, found.changed_by_currency) == (0, (), {})


def test_changed_payments_are_all_counted_and_the_first_are_named() -> None:
    rows = payments(2_500)
    replay = Replay(an_evaluator(default=DEFAULT), an_evaluator(default=the_default((NEXI,))))
    for block in in_blocks(rows, 900):
        replay.add(block)
    found = replay.result()
    assert (found.changed, len(found.changed_payments)) == (2_500, CHANGED_NAMED_MAX)
    assert [each.name for each in found.changed_payments] == [it[0] for it in rows[:1000]]


def test_a_payments_attributes_are_beside_its_own_fields_and_never_in_their_place() -> None:
    attributes: dict[str, str | int] = {
        "product_category": "books", "basket/quantity": 3, "currency": "XXX", "type": "GIFT",
        "basket": "full", "a//b": 1, "/": 2, "amount_minor/x": 1,
    }  # fmt: skip
    assert payment_context(100, "EUR", "web", "DIRECT", attributes) == {
        "amount_minor": 100, "currency": "EUR", "channel": "web", "type": "DIRECT",
        "product_category": "books", "basket": "full",
    }  # fmt: skip


def test_a_packed_context_is_read_back_value_by_value() -> None:
    contexts: list[dict[str, Any]] = [
        {"a": {"b": 1}, "c": True}, {"a": {"b": 1.0}, "c": 1}, {"a": 5}, {"c": [1]}, {"c": None},
    ]  # fmt: skip
    block = pack([(str(number), each) for number, each in enumerate(contexts)])
    assert block.rows == 5
    read = {path: [repr(it) for it in column.unpacked()] for path, column in block.columns.items()}
    assert read == {
        "a": ["None", "None", "5", "None", "None"],
        "a/b": ["1", "1.0", "None", "None", "None"],
        "c": ["True", "1", "None", "None", "None"],
    }
    assert block.columns["a"].at(2) == 5
    assert list(leaves(contexts[0])) == [("a/b", 1), ("c", True)]


def test_a_block_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="rows at most"):
        pack([("x", {})] * (BLOCK_ROWS_MAX + 1))


def test_pairs_of_the_default_are_all_of_the_catalogue_at_first() -> None:
    assert an_evaluator().evaluate({}).pairs == CATALOGUE.all_pairs
