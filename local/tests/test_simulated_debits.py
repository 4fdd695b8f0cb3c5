"""The debit processor: every debit is answered as its key says, once, and never tried again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest

from payops_contracts.charges import Rail
from payops_contracts.debits import DebitBatchRequestedV1, DebitRequestedV1
from payops_contracts.registry import validate
from payops_contracts.topics import UPSTREAM_BATCH_RESULTS, UPSTREAM_DEBIT_RESULTS
from payops_local.places import CHECKOUT
from payops_local.simulator.__main__ import desks
from payops_local.simulator.charge_words import CONTRADICTION, HARD_DECLINES, SOFT_DECLINES
from payops_local.simulator.debits import AGAIN_SECONDS, Asked, DebitScenario, DebitShares
from payops_local.simulator.responder import Responder
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.settings import SimulatorSettings
from payops_testing.local.debit_commands import NOW, debit_command

EXAMPLES = CHECKOUT / "contracts" / "examples"
LATER = NOW + 86_400.0
SHARES = DebitShares(
    soft=0.2, hard=0.1, late=0.1, lost=0.1, twice=0.1, contradicted=0.1, reversed=0.1
)


def answers(
    shares: DebitShares, number: int = 1, asked_at: float = NOW, **data: Any
) -> list[Telling]:
    """What the processor says to it."""
    asked = DebitRequestedV1.model_validate_json(debit_command(number, **data)).data
    return DebitScenario(1, shares).answers(asked, NOW, asked_at)


def facts(tellings: list[Telling]) -> list[str]:
    """The kinds of answers."""
    return [each.event["type"].split(".")[2] for each in tellings]


def responder(shares: DebitShares = SHARES) -> Responder[Asked]:
    return Responder(DebitScenario(1, shares))


def test_every_answer_is_valid_and_repeats_what_was_asked() -> None:
    for number in range(1, 300):
        for telling in answers(SHARES, number):
            validate(orjson.dumps(telling.event))
            data = telling.event["data"]
            assert telling.topic == UPSTREAM_DEBIT_RESULTS.name
            assert telling.event["subject"] == data["charge_id"] == f"charge-{number}"
            assert (data["debit_id"], data["amount_minor"], data["batch_code"]) == (
                f"debit-{number}", 100 + number, "MB-251030-0636",
            )  # fmt: skip
            assert ("failure" in data) == (facts([telling]) != ["succeeded"])


def test_everything_that_a_processor_does_is_seen() -> None:
    told = [answers(SHARES, number) for number in range(1, 2_000)]
    seen = Counter(tuple(facts(each)) for each in told)
    assert 100 < seen[()] < 300
    assert seen["succeeded",] > 600
    assert seen["failed",] > 300
    assert seen["succeeded", "succeeded"] > 30
    assert seen["failed", "failed"] > 10
    assert seen["succeeded", "failed"] > 30
    assert seen["succeeded", "reversed"] > 30
    late = [each for each in told if each and each[0].at > NOW + 30]
    assert 100 < len(late) < 300


def test_of_a_whole_batch_is_told_that_it_came_and_then_that_it_is_done() -> None:
    golden = (EXAMPLES / "payops.debit-batch.requested.v1.full.json").read_bytes()
    batch = DebitBatchRequestedV1.model_validate_json(golden).data
    scenario = DebitScenario(1, SHARES)
    told = scenario.answers(scenario.read(golden), NOW, NOW)
    assert facts(told) == ["acknowledged", "processed"]
    for telling in told:
        validate(orjson.dumps(telling.event))
        data = telling.event["data"]
        assert (telling.topic, telling.event["subject"]) == (
            UPSTREAM_BATCH_RESULTS.name, batch.batch_code,
        )  # fmt: skip
        assert (data["count"], data["sum_minor"]) == (batch.count, batch.sum_minor)
    assert NOW < told[0].at < told[1].at


@pytest.mark.parametrize(
    ("shares", "words"),
    [(DebitShares(soft=1.0), SOFT_DECLINES), (DebitShares(hard=1.0), HARD_DECLINES)],
)
def test_a_decline_says_why_in_the_words_of_its_rail(
    shares: DebitShares, words: dict[Rail, Any]
) -> None:
    for rail in Rail:
        said = [
            each.event["data"]["failure"]["code"]
            for number in range(1, 200)
            for each in answers(shares, number, rail=rail)
        ]
        assert set(said) == {code for code, _ in words[rail].things}


def test_a_failure_after_a_success_is_an_event_of_its_own_about_the_same_debit() -> None:
    succeeded, failed = answers(DebitShares(contradicted=1.0))
    assert facts([succeeded, failed]) == ["succeeded", "failed"]
    assert failed.event["id"] != succeeded.event["id"]
    assert failed.event["data"]["debit_id"] == succeeded.event["data"]["debit_id"]
    assert failed.event["data"]["failure"]["code"] == CONTRADICTION[0]


def test_money_goes_back_later_and_only_what_had_come() -> None:
    succeeded, went_back = answers(DebitShares(reversed=1.0))
    assert facts([succeeded, went_back]) == ["succeeded", "reversed"]
    assert went_back.at >= succeeded.at + 60
    assert facts(answers(DebitShares(soft=1.0, reversed=1.0))) == ["failed"]


def test_a_duplicate_answer_is_the_same_event() -> None:
    one, two = answers(DebitShares(twice=1.0))
    assert one.event == two.event
    assert one.at <= two.at


def test_asking_again_under_the_same_key_brings_the_same_answer_at_once() -> None:
    for number in range(1, 300):
        first = answers(SHARES, number)
        (again,) = answers(SHARES, number, asked_at=LATER, asked=2)
        assert again.at == LATER + AGAIN_SECONDS
        assert not first or first[0].event == again.event


def test_a_lost_answer_comes_when_it_is_asked_again_and_never_by_itself() -> None:
    one = responder(DebitShares(lost=1.0))
    one.take((0, 7), debit_command(), NOW)
    assert one.due(LATER) == []
    assert one.settled() == {0: 8}
    one.take((0, 8), debit_command(asked=2), LATER)
    assert facts(one.due(LATER + AGAIN_SECONDS)) == ["succeeded"]


def test_what_was_declined_is_not_tried_again() -> None:
    one = responder(DebitShares(soft=1.0))
    one.take((0, 7), debit_command(), NOW)
    assert facts(one.due(LATER)) == ["failed"]
    one.told()
    assert one.due(LATER + 100 * 86_400) == []


def test_a_new_attempt_under_a_key_of_its_own_may_end_otherwise() -> None:
    shares = DebitShares(soft=0.5)
    ends = {facts(answers(shares, number, charge_id="charge-1"))[0] for number in range(1, 30)}
    assert ends == {"succeeded", "failed"}


def test_the_same_record_and_the_same_key_make_no_second_debit() -> None:
    one = responder(DebitShares())
    for _ in range(3):
        one.take((0, 7), debit_command(), NOW)
    assert len(one.due(LATER)) == 1
    one.take((0, 8), debit_command(), LATER)
    one.take((0, 9), debit_command(amount_minor=1), LATER)
    (again,) = one.due(LATER + 60)
    assert again.event["data"]["amount_minor"] == 101


def test_after_a_restart_the_same_debits_are_answered_in_the_same_way() -> None:
    before, after = responder(), responder()
    for number in range(1, 100):
        before.take((0, number), debit_command(number), NOW)
        after.take((0, number), debit_command(number), NOW)
    told = [each.event for each in before.due(LATER)]
    assert told == [each.event for each in after.due(LATER)]
    assert told


def test_debits_and_refunds_have_a_desk_each() -> None:
    refunds, debits = desks(SimulatorSettings())
    assert (refunds.topic.name, debits.topic.name) == (
        "payops.payment-commands", "payops.debit-commands",
    )  # fmt: skip
    assert refunds.group != debits.group
    debits.responder.take((0, 1), debit_command(), NOW)
    refunds.responder.take((0, 1), debit_command(), NOW)
    assert refunds.responder.due(LATER) == []


@pytest.mark.parametrize(
    "shares",
    [
        {"simulator_debit_soft": 0.6, "simulator_debit_hard": 0.6},
        {"simulator_debit_late": 0.6, "simulator_debit_lost": 0.6},
        {"simulator_debit_contradicted": 0.6, "simulator_debit_reversed": 0.6},
    ],
)
def test_shares_that_are_over_one_together_are_refused(shares: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="over 1 together"):
        SimulatorSettings(**shares)
