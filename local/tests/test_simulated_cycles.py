"""Settlement's cycles: valid, each opened and ended, and its totals are those of its charges."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from payops_contracts.registry import validate
from payops_local.simulator.playing import Days, history_of
from payops_local.simulator.told_until import Told

NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC).timestamp()
LATER = datetime(2026, 6, 2, tzinfo=UTC).timestamp()
TOLD = Told(seed=1, customers=500, zone="Europe/Rome", per_day=1.0, days=61, anchor=NOW, until=0.0)
Events = list[dict[str, Any]]


def played(told: Told, until: float) -> Events:
    days, said = Days(history_of(told), told.until), []
    while chunk := list(days.due(until)):
        days.told()
        said += [each.event for each in chunk]
    return said


@pytest.fixture(scope="module")
def past() -> Events:
    return played(TOLD, NOW)


def of_cycles(events: Events) -> Events:
    return [each for each in events if each["type"].startswith("upstream.billing-cycle.")]


def facts(events: Events) -> dict[str, list[str]]:
    """What is said of each cycle, in order."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for each in of_cycles(events):
        said[each["subject"]].append(each["type"].split(".")[2])
    return dict(said)


def test_every_cycle_opens_and_ends_and_the_running_one_is_open(past: Events) -> None:
    for each in of_cycles(past):
        validate(orjson.dumps(each))
    assert facts(past) == {
        "20260301": ["opened", "opened", "totals", "ended"],
        "20260401": ["opened", "opened", "totals", "ended"],
        "20260501": ["opened"],
    }


def test_the_totals_of_a_cycle_are_those_of_its_charges(past: Events) -> None:
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in past:
        if each["type"] == "upstream.charge.raised.v1":
            data = each["data"]
            if code := data.get("billing_cycle_code"):
                key = f"{code}-{data['currency']}-{data['charge_id']}"
                sums[code][key] = data["amount_minor"]
    told = {each["subject"]: each["data"]["totals"] for each in past if "totals" in each["data"]}
    assert set(told) == {"20260301", "20260401"}
    for code, totals in told.items():
        for each in totals:
            mine = {
                k: v for k, v in sums[code].items() if k.startswith(f"{code}-{each['currency']}")
            }
            assert (each["charges"], each["charged_minor"]) == (len(mine), sum(mine.values()))
            assert 0 < each["tax_minor"] < each["charged_minor"]
        assert sum(each["charges"] for each in totals) == len(sums[code]) > 5


def test_a_month_in_which_the_platform_ran_ends_without_totals() -> None:
    later = facts(played(replace(TOLD, until=NOW), LATER))
    assert later == {"20260501": ["opened", "ended"], "20260601": ["opened"]}


def test_the_same_event_has_the_same_id_and_content(past: Events) -> None:
    by_id: defaultdict[str, set[bytes]] = defaultdict(set)
    for each in of_cycles(past):
        by_id[each["id"]].add(orjson.dumps(each, option=orjson.OPT_SORT_KEYS))
    assert all(len(contents) == 1 for contents in by_id.values())
