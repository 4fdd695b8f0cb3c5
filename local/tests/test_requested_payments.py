"""Payments of subscriptions that PayOps asks for: one a key, told as its chance says, never two."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest

from payops_contracts.registry import validate
from payops_contracts.subscriptions import SubscriptionPaymentRequestV1
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_local.simulator.__main__ import desks
from payops_local.simulator.customers import Customers
from payops_local.simulator.payment_desk import PaymentAsked, PaymentDesk
from payops_local.simulator.refunds import RefundScenario, RefundShares
from payops_local.simulator.responder import Responder
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.settings import SimulatorSettings
from payops_local.simulator.subscription_requests import (
    AGAIN_SECONDS,
    RequestScenario,
    RequestShares,
)
from payops_local.simulator.subscription_words import FAILURES
from payops_testing.local.refund_commands import command
from payops_testing.local.subscription_commands import NOW, end_request, payment_request

LATER = NOW + 86_400.0
SHARES = RequestShares(failed=0.3, pending=0.2, late=0.1, lost=0.1, twice=0.1)
CUSTOMERS = Customers(1, 100)


def answers(
    shares: RequestShares, number: int = 1, asked_at: float = NOW, **data: Any
) -> list[Telling]:
    """What the hub says to it."""
    asked = SubscriptionPaymentRequestV1.model_validate_json(payment_request(number, **data)).data
    return RequestScenario(1, CUSTOMERS, shares).answers(asked, NOW, asked_at)


def responder(shares: RequestShares = SHARES) -> Responder[PaymentAsked]:
    requests = RequestScenario(1, CUSTOMERS, shares)
    return Responder(PaymentDesk(RefundScenario(1, RefundShares()), requests))


def facts(tellings: list[Telling]) -> list[str]:
    """The kinds of answers."""
    return [each.event["type"].split(".")[2] for each in tellings]


def test_every_fact_is_valid_and_says_whose_payment_it_is_and_who_asked_for_it() -> None:
    for number in range(1, 200):
        for telling in answers(SHARES, number):
            validate(orjson.dumps(telling.event))
            data, event = telling.event["data"], telling.event
            assert telling.topic == UPSTREAM_PAYMENTS.name
            assert data["payment_request_id"] in data["transaction_id"] == event["subject"]
            assert (data["subscription_id"], data["type"]) == (f"sub-{number}", "SUBSCRIPTION")
            assert (data["amount_minor"], data["currency"]) == (100 + number, "USD")
            assert (data["provider"], data["method"]) == ("stripe", "credit-cards")
            assert data["user"] == CUSTOMERS.of(7).user
            assert data["items"][0]["amount_minor"] == data["amount_minor"]


def test_of_a_stranger_as_of_an_imported_subscription_only_the_id_is_known() -> None:
    for telling in answers(SHARES, user_id="7590-VHVEG"):
        assert telling.event["data"]["user"] == {"id": "7590-VHVEG"}
        validate(orjson.dumps(telling.event))


def test_everything_that_becomes_of_a_payment_is_seen() -> None:
    told = [answers(SHARES, number) for number in range(1, 2_000)]
    seen = Counter(tuple(facts(each)) for each in told)
    assert 100 < seen[()] < 300
    assert seen["created", "paid"] > 600
    assert seen["created", "failed"] > 250
    assert seen["created", "pending", "paid"] > 150
    assert seen["created", "pending", "failed"] > 50
    assert seen["created", "paid", "paid"] > 30
    assert all([each.at for each in one] == sorted(each.at for each in one) for one in told)
    late = [each for each in told if each and each[-1].at > NOW + 30]
    assert 120 < len(late) < 300
    codes = {
        each.event["data"]["failure"]["code"]
        for one in told
        for each in one
        if facts([each]) == ["failed"]
    }
    assert codes == {code for code, _ in FAILURES.things}


def test_the_same_asked_again_is_the_same_payment_and_is_told_at_once() -> None:
    for number in range(1, 300):
        first = answers(SHARES, number)
        (again,) = answers(SHARES, number, asked_at=LATER, asked=2)
        assert again.at == LATER + AGAIN_SECONDS
        assert not first or again.event in [each.event for each in first]


def test_a_lost_answer_comes_when_it_is_asked_again_and_never_by_itself() -> None:
    one = responder(RequestShares(lost=1.0))
    one.take((0, 7), payment_request(), NOW)
    assert one.due(LATER) == []
    one.take((0, 8), payment_request(asked=2), LATER)
    assert facts(one.due(LATER + AGAIN_SECONDS)) == ["paid"]


def test_however_often_a_record_or_a_key_comes_there_is_one_payment() -> None:
    one = responder(RequestShares())
    for _ in range(3):
        one.take((0, 7), payment_request(), NOW)
    one.take((0, 8), payment_request(), LATER)
    one.take((0, 9), payment_request(amount_minor=1), LATER)
    told = one.due(LATER + 60)
    assert {each.event["subject"] for each in told} == {f"SIM-pr-{1:032x}"}
    assert {each.event["data"]["amount_minor"] for each in told} == {101}
    assert len({each.event["id"] for each in told}) == 2


def test_another_attempt_at_the_same_period_may_end_otherwise() -> None:
    shares = RequestShares(failed=0.5)
    ends = {facts(answers(shares, number, subscription_id="sub-1"))[-1] for number in range(1, 30)}
    assert ends == {"paid", "failed"}


def test_one_desk_takes_refunds_payments_and_ends() -> None:
    one, _ = desks(SimulatorSettings(simulator_refund_silent=0, simulator_subscription_lost=0))
    one.responder.take((0, 1), end_request("sub-1", NOW), NOW)
    one.responder.take((0, 2), end_request("sub-1", NOW, "withdrawn"), NOW)
    assert one.responder.due(LATER) == []
    assert one.responder.settled() == {0: 3}
    one.responder.take((0, 3), command(), NOW)
    one.responder.take((0, 4), payment_request(), NOW)
    kinds = {each.event["type"].split(".")[1] for each in one.responder.due(LATER)}
    assert kinds == {"refund", "payment"}


def test_shares_that_are_over_one_together_are_refused() -> None:
    with pytest.raises(ValueError, match="over 1 together"):
        SimulatorSettings(simulator_subscription_late=0.6, simulator_subscription_lost=0.6)
