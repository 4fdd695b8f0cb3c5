"""The provider behind the hub: refund commands are answered, one refund a key, and none is lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest

from payops_contracts.refunds import RefundRequestedV1
from payops_contracts.registry import validate
from payops_local.simulator.aftermath import Aftermath
from payops_local.simulator.customers import Customers
from payops_local.simulator.payment_desk import PaymentAsked, PaymentDesk
from payops_local.simulator.refunds import AGAIN_SECONDS, RefundScenario, RefundShares
from payops_local.simulator.responder import Responder
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.settings import SimulatorSettings
from payops_local.simulator.subscription_requests import RequestScenario, RequestShares
from payops_testing.local.refund_commands import NOW, command

LATER = NOW + 86_400.0
SHARES = RefundShares(failed=0.2, pending=0.2, late=0.1, silent=0.1, twice=0.1)


def answers(shares: RefundShares, number: int = 1, asked_at: float = NOW, **data: Any) -> list[Any]:
    """What the provider says to it."""
    asked = RefundRequestedV1.model_validate_json(command(number, **data)).data
    return RefundScenario(1, shares).answers(asked, NOW, asked_at)


def facts(tellings: list[Telling]) -> list[str]:
    """The kinds of answers."""
    return [each.event["type"].split(".")[2] for each in tellings]


def responder(shares: RefundShares = SHARES) -> Responder[PaymentAsked]:
    requests = RequestScenario(1, Customers(1, 100), RequestShares())
    return Responder(PaymentDesk(RefundScenario(1, shares), requests))


def test_every_answer_is_valid_and_repeats_what_was_asked() -> None:
    for number in range(1, 300):
        for telling in answers(SHARES, number):
            validate(orjson.dumps(telling.event))
            data = telling.event["data"]
            assert telling.event["subject"] == data["transaction_id"] == f"imported-{number}"
            assert (data["refund_id"], data["amount_minor"], data["currency"]) == (
                f"refund-{number}", 100 + number, "USD",
            )  # fmt: skip


def test_everything_that_a_provider_does_is_seen() -> None:
    seen = Counter(tuple(facts(answers(SHARES, number))) for number in range(1, 2_000))
    silent, failed, pending = seen[()], seen["failed",], seen["pending", "succeeded"]
    assert 100 < silent < 300
    assert 250 < failed < 500
    assert 250 < pending < 500
    assert seen["succeeded",] > 800
    assert seen["succeeded", "succeeded"] > 50
    assert seen["failed", "failed"] > 10
    assert seen["pending", "succeeded", "succeeded"] > 10


def test_a_failed_refund_says_why() -> None:
    said = [answers(RefundShares(failed=1.0), number)[0].event["data"] for number in range(1, 100)]
    assert len({data["failure"]["code"] for data in said}) == 4
    assert any("message" not in data["failure"] for data in said)


def test_money_that_went_back_may_be_returned_by_the_bank_later() -> None:
    succeeded, returned = answers(RefundShares(returned=1.0))
    assert facts([succeeded, returned]) == ["succeeded", "failed"]
    assert returned.event["time"] > succeeded.event["time"]
    assert returned.event["id"] != succeeded.event["id"]
    assert returned.event["data"]["failure"]["code"]
    validate(orjson.dumps(returned.event))
    assert facts(answers(RefundShares(failed=1.0, returned=1.0))) == ["failed"]


def test_a_late_answer_comes_after_a_while() -> None:
    (end,) = answers(RefundShares(late=1.0, late_seconds=60.0))
    assert NOW + 30 < end.at < NOW + 95


def test_a_duplicate_answer_is_the_same_event() -> None:
    one, two = answers(RefundShares(twice=1.0))
    assert one.event == two.event
    assert one.at <= two.at


def test_asking_again_under_the_same_key_brings_the_same_answer_at_once() -> None:
    for number in range(1, 300):
        first = answers(SHARES, number)
        (again,) = answers(SHARES, number, asked_at=LATER, attempt=2)
        assert again.at == LATER + AGAIN_SECONDS
        assert not first or first[-1].event == again.event


def test_a_desk_owes_an_answer_until_it_is_on_the_broker() -> None:
    one = responder(RefundShares(pending=1.0))
    one.take((0, 7), command(), NOW)
    one.take((0, 8), command(2), NOW)
    assert one.settled() == {0: 7}
    assert facts(one.due(LATER)) == ["pending", "pending", "succeeded", "succeeded"]
    assert one.settled() == {0: 7}
    one.told()
    assert one.settled() == {0: 9}
    assert one.due(LATER) == []


def test_a_command_that_comes_again_before_it_is_settled_is_answered_once() -> None:
    one = responder(RefundShares())
    for _ in range(3):
        one.take((0, 7), command(), NOW)
    assert len(one.due(LATER)) == 1


def test_a_silent_refund_is_answered_when_it_is_asked_again() -> None:
    one = responder(RefundShares(silent=1.0))
    one.take((0, 7), command(), NOW)
    assert one.due(LATER) == []
    assert one.settled() == {0: 8}
    one.take((0, 8), command(attempt=2), LATER)
    assert facts(one.due(LATER + AGAIN_SECONDS)) == ["succeeded"]


def test_after_a_restart_the_same_refund_is_answered_and_not_another() -> None:
    before, after = responder(), responder()
    for number in range(1, 100):
        before.take((0, number), command(number), NOW)
        after.take((0, number), command(number), NOW)
    assert [each.event for each in before.due(LATER)] == [each.event for each in after.due(LATER)]


def test_a_key_that_comes_with_another_amount_makes_no_second_refund() -> None:
    one = responder(RefundShares())
    one.take((0, 1), command(), NOW)
    one.take((0, 2), command(amount_minor=1), NOW)
    (only,) = one.due(LATER)
    assert only.event["data"]["amount_minor"] == 101


@pytest.mark.parametrize("value", [None, b"", b"no json", b'{"type": "payops.other.v1"}'])
def test_what_is_no_refund_command_holds_nothing_up(value: bytes | None) -> None:
    one = responder()
    one.take((2, 5), value, NOW)
    assert one.due(LATER) == []
    assert one.settled() == {2: 6}


def payment(number: int, amount_minor: int = 1_000) -> dict[str, Any]:
    key = f"SIM-{number}"
    return {
        "transaction_id": key, "provider": "adyen", "currency": "EUR", "amount_minor": amount_minor,
    }  # fmt: skip


def test_some_payments_are_refunded_by_others_and_some_are_disputed() -> None:
    aftermath = Aftermath(1, external_refund=0.2, dispute=0.2)
    timelines = [aftermath.tellings(NOW, payment(number)) for number in range(1_000)]
    seen = Counter(
        tuple(told.event["type"].removeprefix("upstream.") for told in timeline)
        for timeline in timelines
    )
    assert seen["refund.succeeded.v1",] > 100
    assert seen["dispute.opened.v1", "dispute.won.v1"] > 50
    assert seen["dispute.opened.v1", "dispute.lost.v1"] > 30
    assert seen["dispute.opened.v1", "dispute.opened.v1", "dispute.lost.v1"] > 5
    lost_in_part = [
        timeline
        for timeline in timelines
        if timeline and timeline[-1].event["type"] == "upstream.dispute.lost.v1"
        and timeline[-1].event["data"]["amount_minor"] < timeline[-2].event["data"]["amount_minor"]
    ]  # fmt: skip
    assert len(lost_in_part) > 10
    assert seen[()] > 500
    for telling in (told for timeline in timelines for told in timeline):
        validate(orjson.dumps(telling.event))
        assert 1 <= telling.event["data"]["amount_minor"] <= 1_000
        assert telling.at > NOW


def test_nothing_befalls_a_payment_of_nothing() -> None:
    assert Aftermath(1, external_refund=1.0).tellings(NOW, payment(1, 0)) == []


def test_shares_that_are_over_one_together_are_refused() -> None:
    with pytest.raises(ValueError, match="over 1 together"):
        SimulatorSettings(simulator_refund_failed=0.6, simulator_refund_pending=0.6)
