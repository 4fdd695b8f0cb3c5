"""Settlement: its charges are valid, add up, are the same for the same seed, and have a past."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from payops_contracts.registry import validate
from payops_contracts.topics import UPSTREAM_CHARGES
from payops_local.simulator.__main__ import scenarios
from payops_local.simulator.charge_words import HARD_DECLINES
from payops_local.simulator.charges import ChargeScenario, last_cycle
from payops_local.simulator.customers import Customers
from payops_local.simulator.hub import Hub
from payops_local.simulator.members import MEMBERS, Members
from payops_local.simulator.playing import Days, history_of
from payops_local.simulator.rhythm import DAY_S
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.settings import SimulatorSettings
from payops_local.simulator.told_until import Told

START = 1_760_000_000.0
ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC).timestamp()
TOLD = Told(seed=1, customers=500, zone="Europe/Rome", per_day=1.0, days=730, anchor=NOW, until=0.0)
HARD_CODES = {code for words in HARD_DECLINES.values() for code, _ in words.things}


def timelines(count: int, seed: int = 1, start: float = START) -> list[list[Telling]]:
    scenario = ChargeScenario(Members(Customers(seed, 100), seed), 0.05, seed, ROME)
    return [told for _, told in islice(scenario.timelines(start, Random(f"{seed}/{start}")), count)]


def played(days: Days, now: float) -> list[dict[str, Any]]:
    """The charges' events that are told by then, in their order."""
    told: list[dict[str, Any]] = []
    while chunk := list(days.due(now)):
        days.told()
        told += [each.event for each in chunk if each.topic == UPSTREAM_CHARGES.name]
    return told


@pytest.fixture(scope="module")
def many() -> list[list[Telling]]:
    return timelines(1_500)


@pytest.fixture(scope="module")
def past() -> list[dict[str, Any]]:
    return played(Days(history_of(TOLD), TOLD.until), NOW)


def facts(timeline: list[Telling]) -> list[str]:
    return [each.event["type"].split(".")[2] for each in timeline]


def raised(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Charge → its data, of those that were raised."""
    return {
        each["subject"]: each["data"]
        for each in events
        if each["type"] == "upstream.charge.raised.v1"
    }


def test_every_event_is_valid_by_its_contract(
    many: list[list[Telling]], past: list[dict[str, Any]]
) -> None:
    told = [each.event for timeline in many for each in timeline]
    for said in [*told, *past]:
        validate(orjson.dumps(said))


def test_usages_add_up_to_the_net_amount_and_tax_lines_to_the_whole(
    many: list[list[Telling]],
) -> None:
    seen: Counter[str] = Counter()
    for data in (timeline[0].event["data"] for timeline in many):
        net, tax = data["net_minor"], data["tax_minor"]
        assert sum(usage["amount_minor"] for usage in data["consumption"]) == net
        assert net + tax == data["amount_minor"] > 0
        lines = data.get("tax_lines", [])
        assert not lines or sum(line["tax_minor"] for line in lines) == tax
        assert all(usage["occurred_at"] <= data["created_at"] for usage in data["consumption"])
        seen["lines"] += bool(lines)
        seen["without tax"] += tax == 0
        seen["compensated"] += any(usage["amount_minor"] < 0 for usage in data["consumption"])
    assert min(seen.values()) > 50


def test_a_charge_of_a_cycle_names_it_and_one_of_a_limit_names_none(
    many: list[list[Telling]],
) -> None:
    data = [timeline[0].event["data"] for timeline in many]
    kinds = Counter(each["type"] for each in data)
    assert min(kinds["END_OF_BILLING_CYCLE"], kinds["LIMIT_EXCEED"]) > 300
    for each in data:
        of_a_cycle = each["type"] == "END_OF_BILLING_CYCLE"
        assert ("billing_cycle_code" in each) == of_a_cycle
    assert last_cycle(date(2026, 1, 31)) == "20251201"
    assert last_cycle(date(2025, 11, 1)) == "20251001"


def test_members_keep_their_number_their_user_and_their_rail(many: list[list[Telling]]) -> None:
    said: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for data in (timeline[0].event["data"] for timeline in many):
        said[data["mpass_number"]].add((data["user"]["id"], data["rail"], data["currency"]))
    assert len(said) > MEMBERS / 2
    assert all(len(each) == 1 for each in said.values())
    members = Members(Customers(1, 100), 1).everybody()
    assert len({each.mpass_number for each in members}) == MEMBERS
    assert Customers(1, 100).of(3).user in [each.user for each in members]


def test_some_were_tried_before_and_some_end_without_being_collected(
    many: list[list[Telling]],
) -> None:
    outcomes: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for timeline in many:
        data = timeline[0].event["data"]
        tried = data.get("initial_attempt")
        outcomes["none" if tried is None else tried["outcome"]] += 1
        if tried is not None:
            assert ("failure" in tried) == (tried["outcome"] == "FAILED")
            assert data["created_at"] < tried["at"] < timeline[0].event["time"]
        told = facts(timeline)
        assert told[0] == "raised"
        ends[told[-1]] += 1
        if told[-1] != "raised":
            assert tried is None or tried["outcome"] == "FAILED"
    assert outcomes["none"] > 2 * outcomes["SUCCEEDED"] > 0
    assert outcomes["FAILED"] > 100
    assert min(ends["withdrawn"], ends["settled"]) > 15
    assert any(facts(timeline).count("raised") == 2 for timeline in many)


def test_the_same_seed_and_start_tell_the_same_and_another_start_never_does() -> None:
    def ids(told: list[list[Telling]]) -> set[str]:
        return {each.event["id"] for timeline in told for each in timeline}

    assert [[each.event for each in timeline] for timeline in timelines(50)] == [
        [each.event for each in timeline] for timeline in timelines(50)
    ]
    assert not ids(timelines(50)) & ids(timelines(50, start=START + 0.001))
    assert not ids(timelines(50)) & ids(timelines(50, seed=2))


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        (SimulatorSettings(), 0.05),
        (SimulatorSettings(simulator_rate=0.0), 0.0),
        (SimulatorSettings(simulator_rate=0.01), 0.01),
        (SimulatorSettings(simulator_history_days=730), 0.05),
        (SimulatorSettings(simulator_rate=0.0, simulator_charge_rate=2.0), 2.0),
    ],
)
def test_charges_come_with_the_payments_and_never_more_often(
    settings: SimulatorSettings, rate: float
) -> None:
    assert settings.charge_rate == rate


def test_a_few_charges_come_in_a_minute_and_payments_are_as_they_were_without() -> None:
    def told(settings: SimulatorSettings) -> list[dict[str, Any]]:
        hub = Hub(scenarios(settings, START), 1, START)
        return [each.event for minute in range(10) for each in hub.due(START + 60 * minute)]

    beside = told(SimulatorSettings(simulator_rate=0.2))
    alone = told(SimulatorSettings(simulator_rate=0.2, simulator_charge_rate=0.0))
    assert 10 < len(raised(beside)) < 60
    assert [each for each in beside if ".charge." not in each["type"]] == alone


def test_a_history_has_some_hundred_charges_that_settlement_had_tried_to_collect(
    past: list[dict[str, Any]],
) -> None:
    charges = raised(past)
    assert 300 < len(charges) < 1_200
    tried = Counter(each["initial_attempt"]["outcome"] for each in charges.values())
    assert tried["SUCCEEDED"] > 2 * tried["FAILED"] > 100
    cycles = {each.get("billing_cycle_code") for each in charges.values()} - {None}
    assert {"20240501", "20251201", "20260401"} <= cycles
    assert len(cycles) == 24
    by_cycle: Counter[tuple[str, str]] = Counter(
        (each["mpass_number"], each["billing_cycle_code"])
        for each in charges.values()
        if "billing_cycle_code" in each
    )
    assert max(by_cycle.values()) == 1


def test_a_charge_of_the_past_ends_behind_its_raising_and_only_the_last_days_wait_for_retries(
    past: list[dict[str, Any]],
) -> None:
    known: set[str] = set()
    ended: set[str] = set()
    for said in past:
        if said["type"] == "upstream.charge.raised.v1":
            known.add(said["subject"])
        else:
            assert said["subject"] in known
            ended.add(said["subject"])
    open_since = [
        datetime.fromisoformat(data["created_at"]).timestamp()
        for charge, data in raised(past).items()
        if charge not in ended
        and data["initial_attempt"]["outcome"] == "FAILED"
        and data["initial_attempt"]["failure"]["code"] not in HARD_CODES
    ]
    assert len(ended) > 50
    assert 3 <= len(open_since) <= 40
    assert min(open_since) > NOW - 16 * DAY_S


def test_whoever_goes_on_after_a_kill_tells_the_same_charges(past: list[dict[str, Any]]) -> None:
    middle = NOW - 300 * DAY_S
    before = Days(history_of(TOLD), TOLD.until)
    first = played(before, middle)
    rest = played(Days(history_of(TOLD), before.told_until), NOW)
    assert {each["id"]: each for each in first + rest} == {each["id"]: each for each in past}


def test_behind_the_anchor_charges_go_on_and_wait_for_payops(past: list[dict[str, Any]]) -> None:
    days = Days(history_of(TOLD), TOLD.until)
    assert played(days, NOW) == past
    later = raised(played(days, NOW + 30 * DAY_S))
    assert len(later) > 20
    assert any("initial_attempt" not in each for each in later.values())
    assert "20260501" in {each.get("billing_cycle_code") for each in later.values()}
