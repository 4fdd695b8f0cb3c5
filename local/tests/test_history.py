"""The simulated hub's past: the same for the same seed, believable, and never of the future."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import mean
from typing import Any

import orjson
import pytest

from payops_contracts.registry import validate
from payops_local.simulator.outages import EVERY_DAYS, outage_on
from payops_local.simulator.playing import CHUNK, Days, history_of
from payops_local.simulator.rhythm import DAY_S
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.told_until import Told
from payops_local.simulator.words import PAIRS

NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC).timestamp()
DAYS = 425
TOLD = Told(
    seed=1,
    customers=500,
    zone="Europe/Rome",
    per_day=60.0,
    days=DAYS,
    anchor=NOW,
    until=0.0,
)


def played(days: Days, now: float, chunks: int | None = None) -> list[Telling]:
    """What is told by ``now``, chunk by chunk."""
    told: list[Telling] = []
    while (chunks is None or chunks) and (chunk := list(days.due(now))):
        days.told()
        told += chunk
        chunks = None if chunks is None else chunks - 1
    return told


@pytest.fixture(scope="module")
def past() -> list[Telling]:
    return played(Days(history_of(TOLD), TOLD.until), NOW)


def created(past: list[Telling]) -> dict[str, dict[str, Any]]:
    return {
        each.event["subject"]: each.event["data"]
        for each in past
        if each.event["type"] == "upstream.payment.created.v1"
    }


def local_day(instant: str) -> date:
    return history_of(TOLD).rhythm.day(datetime.fromisoformat(instant).timestamp())


def test_nothing_is_of_the_future_and_all_is_told_in_order(past: list[Telling]) -> None:
    instants = [datetime.fromisoformat(each.event["time"]).timestamp() for each in past]
    assert max(instants) <= NOW
    assert [each.at for each in past] == sorted(each.at for each in past)


def test_every_tenth_event_is_valid_by_its_contract(past: list[Telling]) -> None:
    for telling in past[::10]:
        validate(orjson.dumps(telling.event))


def test_the_same_note_tells_the_same_and_another_seed_or_anchor_shares_no_id() -> None:
    def begin(**changed: Any) -> list[dict[str, Any]]:
        told = replace(TOLD, **changed)
        return [each.event for each in played(Days(history_of(told), told.until), NOW, chunks=1)]

    assert begin() == begin()
    ids = {event["id"] for event in begin()}
    assert not ids & {event["id"] for event in begin(seed=2)}
    assert not ids & {event["id"] for event in begin(anchor=NOW + 1)}


def test_whoever_goes_on_after_a_kill_tells_what_was_left_and_no_other_event() -> None:
    whole = played(Days(history_of(TOLD), TOLD.until), NOW)
    before = Days(history_of(TOLD), TOLD.until)
    first = played(before, NOW, chunks=len(whole) // CHUNK - 3)
    rest = played(Days(history_of(TOLD), before.told_until), NOW)
    assert len(rest) < 6 * CHUNK
    by_id = {each.event["id"]: each.event for each in whole}
    assert {each.event["id"]: each.event for each in first + rest} == by_id
    assert len(first) + len(rest) - len(whole) <= 2


def test_the_present_goes_on_where_the_history_ends(past: list[Telling]) -> None:
    days = Days(history_of(TOLD), TOLD.until)
    assert played(days, NOW) == past
    later = played(days, NOW + 2 * DAY_S)
    assert min(each.at for each in later) > NOW
    new = [each for each in later if each.event["type"] == "upstream.payment.created.v1"]
    assert 60 < len(new) < 240


def test_payments_grow_have_their_evenings_and_their_weekends(past: list[Telling]) -> None:
    data = created(past).values()
    assert 8_000 < len(data) < 25_000
    rome = history_of(TOLD).rhythm.zone
    begins = [datetime.fromisoformat(each["created_at"]).astimezone(rome) for each in data]
    first, last = begins[0].date(), begins[-1].date()
    assert (last - first).days >= DAYS - 1
    months = Counter(f"{each:%Y-%m}" for each in begins)
    assert months["2026-04"] > 1.35 * months["2025-04"]
    hours = Counter(each.hour for each in begins)
    assert hours[20] > 1.4 * hours[14] > 3 * hours[3]
    weekdays = Counter(each.weekday() for each in begins)
    assert weekdays[5] > 1.15 * mean(weekdays[day] for day in range(4))
    days = Counter(each.date() for each in begins)
    assert len(days) >= DAYS
    assert max(days.values()) < 8 * mean(days.values())


def test_refunds_are_whole_partial_refused_and_never_more_than_was_paid(
    past: list[Telling],
) -> None:
    paid = {key: each["amount_minor"] for key, each in created(past).items()}
    given: defaultdict[str, int] = defaultdict(int)
    refused = 0
    for event in {each.event["id"]: each.event for each in past}.values():
        if event["type"] == "upstream.refund.succeeded.v1":
            given[event["subject"]] += event["data"]["amount_minor"]
        refused += event["type"] == "upstream.refund.failed.v1"
    assert all(0 < amount <= paid[key] for key, amount in given.items())
    assert sum(amount == paid[key] for key, amount in given.items()) > 50
    assert sum(amount < paid[key] for key, amount in given.items()) > 50
    assert refused > 20


def test_yesterday_payments_of_each_method_failed(past: list[Telling]) -> None:
    yesterday = history_of(TOLD).anchor_day - timedelta(days=1)
    failed = {
        each.event["data"]["method"]
        for each in past
        if each.event["type"] == "upstream.payment.failed.v1"
        and local_day(each.event["data"]["created_at"]) == yesterday
    }
    assert failed == {method for _, method in PAIRS.things}


def test_methods_fail_for_certain_until_the_first_start_and_by_chance_on_later_days() -> None:
    history = history_of(TOLD)
    certain = {
        back
        for back in range(-20, 20)
        for _, tellings in history.stories(history.anchor_day - timedelta(days=back))
        if "-F" in tellings[0].event["subject"]
    }
    assert certain == {0, 1}


def test_without_a_past_nothing_is_told_of_payments_that_were_never_told() -> None:
    told = replace(TOLD, days=0, until=NOW, per_day=1_000.0)
    later = played(Days(history_of(told), told.until), NOW + 3 * DAY_S)
    raised = {
        each.event["subject"] for each in later if each.event["type"] == "upstream.charge.raised.v1"
    }
    assert raised
    cycles = {"20260501"}
    known = created(later).keys() | raised | cycles
    assert {each.event["subject"] for each in later} == known
    assert any(each.event["type"].startswith("upstream.refund.") for each in later)


def test_now_and_then_a_provider_has_a_bad_day(past: list[Telling]) -> None:
    history = history_of(TOLD)
    today = history.anchor_day
    days = [today - timedelta(days=back) for back in range(2 * EVERY_DAYS)]
    day, outage = next(
        (day, outage) for day in days if (outage := outage_on(TOLD.seed, day, today))
    )
    assert (today - day).days > 7
    begin = history.rhythm.bounds(day)[0]
    failed = {
        each.event["subject"] for each in past if each.event["type"].endswith("payment.failed.v1")
    }
    hit = [
        key
        for key, each in created(past).items()
        if outage.hits(
            each["provider"], datetime.fromisoformat(each["created_at"]).timestamp() - begin
        )
    ]
    assert len(hit) >= 2
    assert len(failed & set(hit)) > len(hit) / 2
