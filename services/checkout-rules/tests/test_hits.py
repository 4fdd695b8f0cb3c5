"""Hits in memory: nothing is lost when a write fails, nothing counted twice when it is repeated."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from checkout_rules.domain.hits import HitCounter, HitKey, Hours
from checkout_rules.store.hits import COLLECTION, FollowedHits, HitStore
from payops_kernel.clock import DrivenClock
from payops_kernel.zones import Zone
from payops_testing.checkout_rules.builders import a_rule

AT = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
"""Half an hour before midnight in Rome, on the eve of summer time."""
RULE = a_rule("web", 1, version=3)


def total(counts: Mapping[HitKey, Hours]) -> int:
    """All hits of some counts."""
    return sum(sum(hours) for hours in counts.values())


def test_a_day_has_its_total_so_far_each_time_it_is_taken() -> None:
    counter = HitCounter()
    counter.add(RULE, AT, 2)
    assert total(counter.take()) == 2
    assert counter.take() == {}
    counter.add(RULE, AT)
    taken = counter.take()
    assert total(taken) == 3
    counter.put_back(taken)
    counter.add(RULE, AT)
    assert total(counter.take()) == 4


def owners(counts: Mapping[HitKey, Hours]) -> set[str]:
    """Who counted."""
    return {key.owner for key in counts}


def test_a_day_is_left_behind_only_once_it_is_written_and_then_under_another_name() -> None:
    counter, tomorrow = HitCounter(), AT.date() + timedelta(days=1)
    counter.add(RULE, AT)
    counter.forget_before(tomorrow)
    first = counter.take()
    assert total(first) == 1, "it was not taken yet"
    counter.forget_before(AT.date())
    counter.add(RULE, AT)
    again = counter.take()
    assert (total(again), owners(again)) == (2, owners(first))
    counter.forget_before(tomorrow)
    counter.add(RULE, AT)  # business time was set back
    anew = counter.take()
    assert (total(anew), owners(anew) & owners(first)) == (1, set())


def test_a_busy_process_leaves_a_day_behind_too_and_goes_on_with_its_own() -> None:
    counter, tomorrow = HitCounter(), AT + timedelta(days=1)
    counter.add(RULE, AT)
    counter.add(RULE, tomorrow, 2)
    today = next(key for key in counter.take() if key.day == tomorrow.date())
    counter.add(RULE, tomorrow, 3)  # while those are written
    counter.forget_before(tomorrow.date())
    assert counter.take() == {today: (*(0,) * tomorrow.hour, 5, *(0,) * (23 - tomorrow.hour))}
    counter.add(RULE, AT, 7)  # business time was set back
    counter.forget_before(tomorrow.date())
    assert total(counter.take()) == 7, "not before it is written"
    counter.forget_before(tomorrow.date())
    assert list(counter._hours) == [today]


class Rows:
    """A collection whose answers get lost at times, after it has written."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.lost = False

    async def bulk_write(self, writes: list[Any], ordered: bool) -> None:
        """Each replaces the one of its id."""
        assert not ordered
        for each in writes:
            self.kept[each._filter["_id"]] = each._doc
        if self.lost:
            raise ConnectionError("no answer")


async def test_a_write_whose_answer_got_lost_is_repeated_and_counts_once() -> None:
    rows, clock = Rows(), DrivenClock(AT)
    hits = FollowedHits(HitStore({COLLECTION: rows}, Zone("Europe/Rome"), clock))  # type: ignore[dict-item]
    hits.add(RULE, 5)
    rows.lost = True
    with pytest.raises(ConnectionError):
        await hits.write()
    hits.add(RULE)
    rows.lost = False
    await hits.write()
    clock.advance(timedelta(hours=1))  # the next day, in Rome
    hits.add(RULE, 7)
    await hits.write()
    found = {each["day"]: each for each in rows.kept.values()}
    assert {day: sum(each["hours"]) for day, each in found.items()} == {
        "2026-03-28": 6, "2026-03-29": 7,
    }  # fmt: skip
    assert (found["2026-03-28"]["hours"][23], found["2026-03-29"]["hours"][0]) == (6, 7)
    assert {each["version"] for each in found.values()} == {3}
    assert date.fromisoformat("2026-03-29") == Zone("Europe/Rome").date_of(clock.now())
