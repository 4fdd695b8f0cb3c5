"""Subscriptions of the simulated hub: what was agreed is paid, at its dates, until an end."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from itertools import islice
from random import Random
from typing import Any

import orjson
import pytest

from payops_contracts.registry import validate
from payops_contracts.subscriptions import BillingMode, Interval
from payops_contracts.topics import UPSTREAM_SUBSCRIPTIONS
from payops_kernel.messaging.parking import PARKED_MAX
from payops_local.simulator.__main__ import scenarios
from payops_local.simulator.ends import Ends
from payops_local.simulator.hub import Hub
from payops_local.simulator.playing import Days, history_of
from payops_local.simulator.rhythm import DAY_S
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.settings import SimulatorSettings
from payops_local.simulator.subscription_courses import OPENED_S
from payops_local.simulator.told_until import Told
from payops_testing.local.subscription_commands import end_request

NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC).timestamp()
TOLD = Told(
    seed=1, customers=500, zone="Europe/Rome", per_day=1.0, days=730, anchor=NOW, until=0.0
)  # fmt: skip
START = 1_760_000_000.0


def played(days: Days, now: float) -> list[Telling]:
    told: list[Telling] = []
    while chunk := list(days.due(now)):
        days.told()
        told += chunk
    return told


@pytest.fixture(scope="module")
def past() -> list[Telling]:
    """What is told by the time at which older subscriptions are known, and forty days more."""
    return played(Days(history_of(TOLD), 0.0), NOW + 40 * DAY_S)


def created(told: list[Telling]) -> dict[str, dict[str, Any]]:
    return {
        each.event["subject"]: each.event["data"]
        for each in told
        if each.event["type"] == "upstream.subscription.created.v1"
    }


def payments(told: list[Telling]) -> dict[str, list[dict[str, Any]]]:
    """Payment → its events, of those that belong to a subscription."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in told:
        if each.event["data"].get("subscription_id") and ".payment." in each.event["type"]:
            found[each.event["subject"]].append(each.event)
    return found


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_every_event_is_valid_by_its_contract(past: list[Telling]) -> None:
    of_subscriptions = [each for each in past if each.of is not None]
    assert len(of_subscriptions) > 1_000
    for telling in of_subscriptions:
        validate(orjson.dumps(telling.event))


def test_a_year_of_them_of_both_billings_and_all_intervals_mostly_of_months(
    past: list[Telling],
) -> None:
    known = created(past)
    assert 60 < len(known) < 150
    assert min(instant(each["created_at"]) for each in known.values()) > NOW - 366 * DAY_S
    assert Counter(each["billing"] for each in known.values()).keys() == set(BillingMode)
    intervals = Counter(each["interval"] for each in known.values())
    assert intervals.keys() == set(Interval)
    assert intervals.most_common(1)[0][0] is Interval.MONTH
    for part in ("payments_max", "expires_on", "first_payment_on"):
        assert 3 < sum(part in each for each in known.values()) < len(known) / 2


def test_a_payment_is_what_its_subscription_says(past: list[Telling]) -> None:
    known = created(past)
    typed = [each for each in past if each.event["data"].get("type") == "SUBSCRIPTION"]
    assert len(typed) > 1_000
    for telling in typed:
        data = telling.event["data"]
        agreed = known[data["subscription_id"]]
        for part in ("amount_minor", "currency", "provider", "method", "user"):
            assert data[part] == agreed[part]
        assert data["created_at"] > agreed["created_at"]


def test_failures_are_recovered_or_give_up_and_some_are_revoked_or_ended(
    past: list[Telling],
) -> None:
    ends: defaultdict[str, list[str]] = defaultdict(list)
    for events in payments(past).values():
        last = max(events, key=lambda each: each["time"])
        ends[last["data"]["subscription_id"]].append(last["type"].split(".")[2])
    together = [" ".join(each) for each in ends.values()]
    assert any("failed paid" in each for each in together)
    assert any("failed failed paid" in each for each in together)
    assert any(each.endswith("failed failed failed failed") for each in together)
    assert not any("failed failed failed failed " in each for each in together)
    kinds = Counter(each.event["type"].split(".")[2] for each in past if each.of)
    assert kinds["payment-method-revoked"] > 1
    assert kinds["ended"] > 1
    assert any(each == "created" for each in together)


def test_what_is_older_than_the_first_start_waits_for_it_and_is_not_too_much_to_wait(
    past: list[Telling],
) -> None:
    before: Counter[str] = Counter()
    for telling in past:
        if telling.of is None:
            continue
        if telling.topic == UPSTREAM_SUBSCRIPTIONS.name and "data" in telling.event:
            made_at = telling.event["data"].get("created_at")
            if made_at is not None and instant(made_at) < NOW:
                assert telling.at == NOW + OPENED_S
        if telling.at < NOW + OPENED_S:
            before[telling.of[0]] += 1
    assert 20 < max(before.values()) < PARKED_MAX


def test_payops_asks_for_what_it_bills_from_the_first_start_on_and_the_provider_goes_on(
    past: list[Telling],
) -> None:
    known = created(past)
    later: Counter[BillingMode] = Counter()
    for events in payments(past).values():
        data = events[0]["data"]
        agreed, begin = known[data["subscription_id"]], instant(data["created_at"])
        own = begin - instant(agreed["created_at"]) < 60
        if begin > NOW and not own:
            later[agreed["billing"]] += 1
    assert later[BillingMode.PROVIDER] > 20
    assert later[BillingMode.HUB] == 0


def test_nothing_is_owed_by_the_first_start_of_what_payops_bills(past: list[Telling]) -> None:
    paid: defaultdict[str, set[date]] = defaultdict(set)
    for events in payments(past).values():
        begin = instant(events[0]["data"]["created_at"])
        paid[events[0]["data"]["subscription_id"]].add(history_of(TOLD).rhythm.day(begin))
    checked = 0
    for key, agreed in created(past).items():
        if (agreed["billing"], agreed["interval"]) != (BillingMode.HUB, Interval.MONTH):
            continue
        if agreed["interval_count"] == 1 and instant(agreed["created_at"]) < NOW - 60 * DAY_S:
            ended = {"payments_max", "expires_on"} & agreed.keys() or any(
                each.event["subject"] == key and "created" not in each.event["type"]
                for each in past
                if each.topic == UPSTREAM_SUBSCRIPTIONS.name
            )
            if len(paid[key]) > 1 and not ended:
                checked += 1
                assert (history_of(TOLD).anchor_day - max(paid[key])).days <= 31
    assert checked > 10


def test_payments_stop_where_payops_has_the_subscription_end_and_go_on_when_it_is_withdrawn(
    past: list[Telling],
) -> None:
    old = {key for key, each in created(past).items() if instant(each["created_at"]) < NOW}
    counts = Counter(
        each.of[0] for each in past if each.of and each.of[0] in old and each.at > NOW + DAY_S
    )
    key, until = counts.most_common(1)[0][0], NOW + DAY_S
    mine = [each for each in past if each.of and each.of[0] == key]
    ends = Ends()
    ends.take(end_request(key, until))
    told = [each for each in mine if not ends.withholds(each)]
    assert 0 < len(told) < len(mine)
    assert all(each.of is not None and each.of[1] < until for each in told)
    others = [each for each in past if each.of is None or each.of[0] != key]
    assert not any(ends.withholds(each) for each in others)
    ends.take(end_request(key, until, "withdrawn"))
    assert not any(ends.withholds(each) for each in mine)


def test_what_no_end_says_is_nothing_to_heed() -> None:
    ends = Ends()
    for value in (None, b"", b'{"type": "payops.subscription-end.requested.v1"}'):
        ends.take(value)
    assert not ends.withholds(Telling(NOW, 0, "t", {}, ("sub-1", NOW)))


def stream(days: float, **settings: Any) -> list[Telling]:
    given = {"simulator_rate": 0.001, "simulator_subscription_rate": 0.0005} | settings
    made = scenarios(SimulatorSettings(**given), START)["subscriptions"]
    told: list[Telling] = []
    for begin, tellings in made.timelines(START, Random("1")):
        if begin > START + days * DAY_S:
            break
        told += tellings
    return told


def test_beside_a_history_payops_bills_what_a_restart_would_forget() -> None:
    alone, beside = stream(2), stream(2, simulator_history_days=10)
    assert Counter(each["billing"] for each in created(alone).values()).keys() == set(BillingMode)
    assert {each["billing"] for each in created(beside).values()} == {BillingMode.HUB}


def test_a_stream_begins_in_order_and_the_provider_takes_later_payments_too() -> None:
    told = stream(70)
    begins = [each.of[1] for each in told if each.of is not None]
    assert begins == sorted(begins)
    known = created(told)
    made = Counter(events[0]["data"]["subscription_id"] for events in payments(told).values())
    by_provider = [made[key] for key in known if known[key]["billing"] is BillingMode.PROVIDER]
    assert max(by_provider) > 3
    asked = [made[key] for key in known if known[key]["billing"] is BillingMode.HUB]
    assert max(asked) == 1


def test_the_same_seed_and_start_tell_the_same() -> None:
    settings = SimulatorSettings(simulator_rate=1.0)
    one, two = (
        list(islice(scenarios(settings, START)["subscriptions"].timelines(START, Random("1")), 40))
        for _ in range(2)
    )
    assert one == two
    assert [each.event for _, story in one for each in story] == [
        each.event for _, story in two for each in story
    ]


def test_a_hub_that_is_told_of_an_end_tells_the_rest_without_it() -> None:
    settings = SimulatorSettings(simulator_rate=0.0, simulator_subscription_rate=0.5)
    plan = {"subscriptions": scenarios(settings, START)["subscriptions"]}
    every = Hub(plan, 1, START).due(START + 50)
    key = next(each.of[0] for each in every if each.of is not None)
    ends = Ends()
    ends.take(end_request(key, START))
    left = Hub(plan, 1, START, ends.withholds).due(START + 50)
    assert [each.event for each in left] == [
        each.event for each in every if each.of is None or each.of[0] != key
    ]
    assert len(left) > 10
