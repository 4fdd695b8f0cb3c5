"""What each stream has to say: of what it shows, once, at its last version; never half of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.live.changes import CHANGES_MAX
from gateway.live.hub import NEW_IDS_MAX, Hub, HubFeed, Wanted
from gateway.live.topics import LIVE

KIND = "transactions"
TOPIC = LIVE[KIND].topic.name
ALL = frozenset(LIVE)


@dataclass(frozen=True)
class Record:
    """As much of Kafka's record as is looked at."""

    topic: str
    value: bytes | None


def record(subject: str, version: int) -> Record:
    said = {"subject": subject, "sequence": f"{version:012}", "data": {"status": "PAID"}}
    return Record(TOPIC, json.dumps(said).encode())


@dataclass
class Reader:
    """How the reader stands, as the test says."""

    stale_since: datetime | None = None
    behind: int = 0


@pytest.fixture
def hub() -> Hub:
    made = Hub()
    made.source = Reader()
    made.begin()
    return made


def a_feed(
    hub: Hub,
    *subjects: str,
    kinds: frozenset[str] = frozenset(),
    place: str | None = None,
    since: datetime | None = None,
) -> HubFeed:
    return hub.feed(Wanted(frozenset(subjects), kinds, ALL), place, since)


def said(feed: HubFeed) -> dict[str, Any]:
    """What the feed says now, by event."""
    return dict(_events(feed.take()))


def _events(wire: bytes) -> Iterator[tuple[str, Any]]:
    for block in wire.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        yield fields["event"], json.loads(fields["data"])


def place_of(feed: HubFeed) -> str:
    return feed.beat().decode().split("id: ")[1].split("\n")[0]


def changed(found: dict[str, Any]) -> dict[str, int]:
    return {each["id"]: each["version"] for each in found["changes"]["changed"]}


def test_a_stream_opens_with_the_place_from_which_it_can_be_resumed(hub: Hub) -> None:
    feed = a_feed(hub)
    assert b"event: hello\nid: " in feed.take()
    assert feed.take() == b""


def test_a_subject_that_changed_often_is_told_once_at_its_last_version(hub: Hub) -> None:
    feed = a_feed(hub, "a", "b")
    said(feed)
    hub.take([record("a", 2), record("other", 9), record("a", 3), record("b", 7)])
    assert feed.woken.is_set()
    assert changed(said(feed)) == {"a": 3, "b": 7}
    assert feed.take() == b""


def test_a_stream_is_not_woken_by_what_it_does_not_show(hub: Hub) -> None:
    feed = a_feed(hub, "a")
    said(feed)
    hub.take([record("other", 1)])
    assert not feed.woken.is_set()
    assert feed.take() == b""


def test_an_event_carries_nothing_of_the_row(hub: Hub) -> None:
    feed = a_feed(hub, "a", kinds=ALL)
    said(feed)
    hub.take([record("a", 1)])
    (told,) = said(feed)["changes"]["changed"]
    assert told == {"kind": KIND, "id": "a", "version": 1, "new": True}


def test_newcomers_are_counted_and_the_newest_named(hub: Hub) -> None:
    feed = a_feed(hub, kinds=ALL)
    said(feed)
    hub.take([record("a", 1), record("a", 2), record("b", 1), record("old", 5)])
    told = said(feed)["changes"]["kinds"][KIND]
    assert told == {"changed": 4, "new": 2, "new_ids": ["a", "b"]}
    many = [f"n{number}" for number in range(NEW_IDS_MAX + 10)]
    hub.take([record(name, 1) for name in many])
    told = said(feed)["changes"]["kinds"][KIND]
    assert (told["new"], told["new_ids"]) == (len(many), many[10:])


def test_what_a_slow_stream_was_not_told_stays_as_small_as_its_page(hub: Hub) -> None:
    feed = a_feed(hub, "a", "b", kinds=ALL)
    said(feed)
    for version in range(1, 5_001):
        hub.take([record("a", version), record("b", version)])
    found = said(feed)
    assert changed(found) == {"a": 5_000, "b": 5_000}
    assert found["changes"]["kinds"][KIND]["changed"] == 10_000
    assert "resync" not in found


def test_a_stream_that_comes_back_is_told_what_it_missed(hub: Hub) -> None:
    feed = a_feed(hub, "a")
    place = place_of(feed)
    feed.close()
    hub.take([record("a", 2), record("new", 1), record("other", 2)])
    back = said(a_feed(hub, "a", kinds=ALL, place=place))
    assert changed(back) == {"a": 2}
    assert back["changes"]["kinds"][KIND] == {"changed": 3, "new": 1, "new_ids": ["new"]}


def test_a_stream_that_comes_back_at_once_missed_nothing(hub: Hub) -> None:
    place = place_of(a_feed(hub, "a"))
    assert said(a_feed(hub, "a", kinds=ALL, place=place)).keys() == {"hello"}


def test_who_missed_more_than_is_kept_is_told_to_read_again_once(hub: Hub) -> None:
    place = place_of(a_feed(hub, "a"))
    hub.take([record("a", version) for version in range(1, CHANGES_MAX + 1)])
    assert changed(said(a_feed(hub, "a", place=place))) == {"a": CHANGES_MAX}
    hub.take([record("b", 1)])
    feed = a_feed(hub, "a", kinds=ALL, place=place)
    found = said(feed)
    assert found.keys() == {"hello", "resync"}
    assert found["resync"] == {"reason": "too_far"}
    assert feed.take() == b""
    hub.take([record("a", 9_999)])
    assert changed(said(feed)) == {"a": 9_999}


@pytest.mark.parametrize("place", ["", "-", "elsewhere-3", "x" * 64, "0-", "-5"])
def test_a_place_that_was_never_given_out_is_no_place(hub: Hub, place: str) -> None:
    assert "resync" in said(a_feed(hub, "a", place=place))


def test_a_place_of_an_earlier_process_is_no_place(hub: Hub) -> None:
    earlier = Hub()
    earlier.begin()
    assert "resync" in said(a_feed(hub, "a", place=place_of(a_feed(earlier, "a"))))


def test_the_first_stream_of_a_page_begins_where_the_page_was_made(hub: Hub) -> None:
    before = datetime.now(UTC)
    hub.take([record("a", 2)])
    assert changed(said(a_feed(hub, "a", since=before))) == {"a": 2}
    assert said(a_feed(hub, "a", since=datetime.now(UTC))).keys() == {"hello"}


def test_a_page_that_is_older_than_what_is_kept_is_read_again(hub: Hub) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)
    assert "resync" in said(a_feed(hub, "a", since=old))


def test_a_gap_in_the_log_is_told_to_every_stream_once(hub: Hub) -> None:
    feed = a_feed(hub, "a", kinds=ALL)
    said(feed)
    hub.take([record("a", 2)])
    hub.begin()
    hub.take([record("a", 3)])
    found = said(feed)
    assert found["resync"] == {"reason": "gap"}
    assert changed(found) == {"a": 3}
    assert found["changes"]["kinds"][KIND]["changed"] == 1
    assert feed.take() == b""


def test_a_stream_that_comes_before_the_reader_has_begun_is_told_once() -> None:
    hub = Hub()
    feed = a_feed(hub, "a", place="earlier-7")
    assert said(feed).keys() == {"hello"}
    hub.begin()
    assert said(feed).keys() == {"resync"}


def test_kafka_away_and_back_is_said_once_each(hub: Hub) -> None:
    feed = a_feed(hub, "a")
    said(feed)
    reader = Reader(stale_since=datetime(2026, 3, 1, tzinfo=UTC))
    hub.source = reader
    hub.look()
    assert feed.woken.is_set()
    assert said(feed) == {"stale": {"since": "2026-03-01T00:00:00Z"}}
    hub.look()
    assert feed.take() == b""
    assert said(a_feed(hub))["hello"]["stale_since"] == "2026-03-01T00:00:00Z"
    reader.stale_since = None
    hub.look()
    assert said(feed).keys() == {"fresh"}


def test_what_the_callers_role_does_not_see_is_not_told(hub: Hub) -> None:
    feed = hub.feed(Wanted(frozenset({"a"}), frozenset(), frozenset()), None, None)
    said(feed)
    hub.take([record("a", 2)])
    assert feed.take() == b""


@pytest.mark.parametrize("value", [None, b"", b"[]", b"{}", b'{"subject":"a","sequence":"x"}'])
def test_what_is_no_event_of_ours_is_passed_over(hub: Hub, value: bytes | None) -> None:
    feed = a_feed(hub, "a", kinds=ALL)
    said(feed)
    hub.take([Record(TOPIC, value), record("a", 4)])
    assert changed(said(feed)) == {"a": 4}


def test_nothing_is_kept_of_a_stream_that_ended(hub: Hub) -> None:
    feed = a_feed(hub, "a", kinds=ALL)
    feed.close()
    hub.take([record("a", 2)])
    hub.begin()
    assert not feed.woken.is_set()
