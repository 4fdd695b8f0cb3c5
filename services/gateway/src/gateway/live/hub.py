"""One reader of the topics, many streams: each is told of what it shows, and how much is new.

A stream has no queue. What it was not told yet is held once a subject, its last version, so a slow
one costs no more than its page; it misses nothing, unless the ring no longer reaches back to where
it was: then it is told so, once, and reads again what it shows.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from gateway.live.changes import Change, LatestChanges, subject_and_version
from gateway.live.topics import LIVE, LiveTopic
from payops_kernel.http.event_streams import event
from payops_kernel.messaging.tail import Records

NEW_IDS_MAX = 50
"""How many newcomers a frame names; of more it says the number."""


class Source(Protocol):
    """How the reader stands."""

    stale_since: datetime | None
    behind: int


@dataclass(slots=True)
class Counts:
    """Of one kind, since the process started."""

    changed: int = 0
    new: int = 0
    newest: deque[Change] = field(default_factory=lambda: deque(maxlen=NEW_IDS_MAX))

    def add(self, change: Change) -> None:
        """Count one change."""
        self.changed += 1
        if change.is_new:
            self.new += 1
            self.newest.append(change)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stream is about."""

    subjects: Collection[str]
    """Ids that are shown: their changes are told one by one."""
    kinds: frozenset[str]
    """Kinds of which is told how many changed, how many are new, and the ids of the newest."""
    seen: frozenset[str]
    """The kinds whose changes the caller may see at all."""


class Hub:
    """All streams of the process, and what they may be told."""

    def __init__(self, live: Mapping[str, LiveTopic] = LIVE) -> None:
        self.latest = LatestChanges()
        self.counts: dict[str, Counts] = {kind: Counts() for kind in live}
        self.source: Source | None = None
        self._kinds = {each.topic.name: kind for kind, each in live.items()}
        self._feeds: set[HubFeed] = set()
        # Lists and not sets: those are ten times as large, and each stream is in fifty of them.
        self._by_subject: dict[str, list[HubFeed]] = defaultdict(list)
        self._by_kind: dict[str, list[HubFeed]] = defaultdict(list)

    @property
    def stale_since(self) -> datetime | None:
        """Since when changes may have happened of which nobody was told; None while they are."""
        return None if self.source is None else self.source.stale_since

    def begin(self) -> None:
        """Changes may have been missed until now: every stream is told, once."""
        self.latest.begin(datetime.now(UTC))
        for feed in self._feeds:
            feed.resync("gap")

    def take(self, records: Records) -> None:
        """Changes, as they were read."""
        now = datetime.now(UTC)
        kinds: set[str] = set()
        touched: set[HubFeed] = set()
        for record in records:
            kind = self._kinds[record.topic]
            found = subject_and_version(record.value)
            if found is None:
                continue
            change = self.latest.add(kind, *found, now)
            self.counts[kind].add(change)
            kinds.add(kind)
            for feed in self._by_subject.get(change.subject, ()):
                feed.note(change)
                touched.add(feed)
        for feed in touched.union(*(self._by_kind.get(kind, ()) for kind in kinds)):
            feed.woken.set()

    def look(self) -> None:
        """The reader looked whether the broker answers: who was told otherwise is told."""
        for feed in self._feeds:
            if feed.told_stale_since != self.stale_since:
                feed.woken.set()

    def feed(self, wanted: Wanted, place: str | None, since: datetime | None) -> "HubFeed":
        """A new stream. It goes on behind ``place``, else from ``since``, else from now."""
        feed = HubFeed(self, wanted)
        self._feeds.add(feed)
        for index, names in ((self._by_subject, wanted.subjects), (self._by_kind, wanted.kinds)):
            for name in names:
                index[name].append(feed)
        if self.latest.complete_since is not None:  # else the beginning is still to come
            missed: Iterable[Change] | None = ()
            if place is not None:
                missed = self.latest.after(place)
            elif since is not None:
                missed = self.latest.since(since)
            if missed is None:
                feed.resync("too_far")
            else:
                feed.catch_up(missed)
        return feed

    def forget(self, feed: "HubFeed") -> None:
        """A stream has ended."""
        self._feeds.discard(feed)
        wanted = feed.wanted
        for index, names in ((self._by_subject, wanted.subjects), (self._by_kind, wanted.kinds)):
            for name in names:
                index[name].remove(feed)
                if not index[name]:
                    del index[name]


class HubFeed:
    """What one stream has not said yet."""

    __slots__ = (
        "_hub", "_opened", "_pending", "_resync", "_told", "over", "told_stale_since", "wanted",
        "woken",
    )  # fmt: skip

    def __init__(self, hub: Hub, wanted: Wanted) -> None:
        self.wanted = wanted
        self.woken = asyncio.Event()
        self.over = False
        self.told_stale_since: datetime | None = None
        self._hub = hub
        self._opened = False
        self._resync = ""
        self._pending: dict[str, Change] = {}
        self._told: dict[str, tuple[int, int]] = {}
        self._all_told()

    def note(self, change: Change) -> None:
        """A subject changed; the last version is what will be said."""
        if change.kind in self.wanted.seen:
            self._pending[change.subject] = change

    def resync(self, why: str) -> None:
        """Something may have been missed: say that, and nothing of before."""
        self._resync = why
        self._pending.clear()
        self._all_told()
        self.woken.set()

    def catch_up(self, missed: Iterable[Change]) -> None:
        """Say what came before the stream did."""
        shown = frozenset(self.wanted.subjects)
        for change in missed:
            if change.subject in shown:
                self.note(change)
            if change.kind in self.wanted.kinds:
                changed, new = self._told[change.kind]
                self._told[change.kind] = changed - 1, new - change.is_new

    def take(self) -> bytes:
        """The events that are due."""
        return self._opening() + self._standing() + self._resynced() + self._changes()

    def beat(self) -> bytes:
        """That we are alive, and up to where all was said."""
        return self._event("beat", {"at": datetime.now(UTC)})

    def close(self) -> None:
        """Nothing is to be said any more."""
        self._hub.forget(self)

    def _opening(self) -> bytes:
        if self._opened:
            return b""
        self._opened = True
        self.told_stale_since = self._hub.stale_since
        said = {"at": datetime.now(UTC), "stale_since": self.told_stale_since}
        return self._event("hello", said)

    def _standing(self) -> bytes:
        stale_since = self._hub.stale_since
        if stale_since == self.told_stale_since:
            return b""
        self.told_stale_since = stale_since
        if stale_since is None:
            return self._event("fresh", {"at": datetime.now(UTC)})
        return self._event("stale", {"since": stale_since})

    def _resynced(self) -> bytes:
        why, self._resync = self._resync, ""
        return self._event("resync", {"reason": why}) if why else b""

    def _changes(self) -> bytes:
        changed = [
            {"kind": each.kind, "id": each.subject, "version": each.version, "new": each.is_new}
            for each in self._pending.values()
        ]
        kinds = {kind: told for kind in sorted(self.wanted.kinds) if (told := self._of(kind))}
        if not changed and not kinds:
            return b""
        self._pending.clear()
        self._all_told()
        said = {"at": datetime.now(UTC), "changed": changed, "kinds": kinds}
        return self._event("changes", said)

    def _of(self, kind: str) -> dict[str, Any] | None:
        counts, (changed, new) = self._hub.counts[kind], self._told[kind]
        if counts.changed == changed:
            return None
        fresh = min(counts.new - new, len(counts.newest))
        newest = [each.subject for each in counts.newest][len(counts.newest) - fresh :]
        return {
            "changed": counts.changed - changed,
            "new": counts.new - new,
            "new_ids": list(dict.fromkeys(newest)),
        }

    def _all_told(self) -> None:
        for kind in self.wanted.kinds:
            counts = self._hub.counts[kind]
            self._told[kind] = counts.changed, counts.new

    def _event(self, name: str, said: Mapping[str, Any]) -> bytes:
        return event(name, said, self._hub.latest.place)
