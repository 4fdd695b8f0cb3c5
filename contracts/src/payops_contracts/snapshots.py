"""What was published: every event type as it was at each of its releases, for good.

``published/<type>/<revision>.json`` holds the schema, the topic's facts and the golden examples of
that release. Only ``python -m payops_contracts.publish`` adds to it; nothing there ever changes.
An event type that is not there has not been released and may change freely. What a release took
away on purpose stands beside it, in ``<revision>.tightened.json``.
"""

import json
from pathlib import Path

from payops_contracts.compatibility import schema_breaks
from payops_contracts.generate.examples import example
from payops_contracts.generate.outputs import ROOT, text
from payops_contracts.generate.schemas import Json, event_schema
from payops_contracts.registry import EVENT_MODELS, topic_of
from payops_contracts.tightening import (
    SUFFIX,
    allowed,
    examples_not_refused,
    refused_examples,
    tightenings,
)
from payops_contracts.topics import TOPICS

PUBLISHED = ROOT / "published"


def published(root: Path = PUBLISHED) -> dict[str, list[Json]]:
    """Event type → its snapshots, the first release first."""
    found: dict[str, list[Json]] = {}
    for file in root.glob("*/*.json"):
        if file.name.endswith(SUFFIX):
            continue
        found.setdefault(file.parent.name, []).append(json.loads(file.read_text(encoding="utf-8")))
    return {
        event_type: sorted(found[event_type], key=lambda it: int(it["revision"]))
        for event_type in sorted(found)
    }


def published_examples(topic_name: str, root: Path = PUBLISHED) -> list[Json]:
    """Every golden example ever published on a topic that a consumer must still take."""
    return [
        event
        for event_type, revisions in published(root).items()
        for refused in [refused_examples(tightenings(root, event_type))]
        for snapshot in revisions
        if snapshot["topic"]["name"] == topic_name
        for number, event in enumerate(snapshot["examples"])
        if (snapshot["revision"], number) not in refused
    ]


def today(event_type: str) -> Json | None:
    """What a type promises today, without examples; None when there is no such type."""
    model = EVENT_MODELS.get(event_type)
    if model is None:
        return None
    topic = topic_of(event_type)
    return {
        "type": event_type,
        "topic": {
            "name": topic.name,
            "key": topic.subject,
            "partitions": topic.partitions,
            "message_bytes_max": topic.message_bytes_max,
            **({"data_bytes_max": topic.data_bytes_max} if topic.data_bytes_max else {}),
        },
        "schema": event_schema(model),
    }


def breaks(old: Json, new: Json | None, topics: frozenset[str]) -> list[str]:
    """Sentences about what a released event loses; ``topics`` are the names of today's topics."""
    event_type, before = old["type"], old["topic"]
    if before["name"] not in topics:
        return [f"{event_type}: the topic {before['name']} was removed"]
    if new is None:
        return [f"{event_type}: the event was removed"]
    found = _topic_breaks(before, new["topic"])
    ours = topic_of(event_type).ours
    found += schema_breaks(old["schema"], new["schema"], ours=ours)
    return [f"{event_type}: {sentence}" for sentence in found]


def all_breaks(root: Path = PUBLISHED) -> list[str]:
    """The compatibility gate: sentences about every released event, empty when all is well.

    What a release took away on purpose is no finding, but a list that names what is not so is.
    """
    topics = frozenset(topic.name for topic in TOPICS)
    found: dict[str, None] = {}
    for event_type, revisions in published(root).items():
        current = today(event_type)
        for old in revisions:
            found |= dict.fromkeys(_not_listed(root, old, current, topics))
        found |= dict.fromkeys(f"{event_type}: {it}" for it in _idle(root, event_type, revisions))
    return list(found)


def _not_listed(root: Path, old: Json, new: Json | None, topics: frozenset[str]) -> list[str]:
    listed = allowed(tightenings(root, old["type"]), old["revision"])
    return [
        it for it in breaks(old, new, topics) if it.removeprefix(f"{old['type']}: ") not in listed
    ]


def _idle(root: Path, event_type: str, revisions: list[Json]) -> list[str]:
    """What the lists name and no release did."""
    releases = {int(it["revision"]): it for it in revisions}
    lists = tightenings(root, event_type)
    found = list(examples_not_refused(lists, releases))
    for revision, listed in lists.items():
        if revision not in releases:
            found.append(f"there is no release {revision}, but a list of what it breaks")
            continue
        new = releases[revision]
        topics = frozenset({new["topic"]["name"]})
        broken = {
            sentence.removeprefix(f"{event_type}: ")
            for old in revisions
            if old["revision"] < revision
            for sentence in breaks(old, new, topics)
        }
        found += [
            f"the list of release {revision} names what breaks nothing: {sentence}"
            for sentence in listed.sentences
            if sentence not in broken
        ]
    return found


def publish(event_type: str, root: Path = PUBLISHED) -> Path | None:
    """Release a type as it is today; None when that was released already.

    Raises ``ValueError`` for an unknown type, and for one that would break an earlier release and
    has no ``<revision>.tightened.json`` that lists the break.
    """
    current = today(event_type)
    if current is None:
        raise ValueError(f"there is no event type {event_type}")
    earlier = published(root).get(event_type, [])
    topics = frozenset(topic.name for topic in TOPICS)
    found = [sentence for old in earlier for sentence in _not_listed(root, old, current, topics)]
    if found:
        raise ValueError("; ".join(dict.fromkeys(found)))
    model = EVENT_MODELS[event_type]
    current["examples"] = [example(model, full=True), example(model, full=False)]
    if earlier and {**earlier[-1], "revision": None} == {**current, "revision": None}:
        return None
    revision = len(earlier) + 1
    file = root / event_type / f"{revision}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as out:
        out.write(text({"revision": revision, **current}))
    return file


def _topic_breaks(old: Json, new: Json) -> list[str]:
    found = []
    if new["name"] != old["name"]:
        found.append(f"moved from the topic {old['name']} to {new['name']}")
    # A topic may come to carry events of further subjects: the key of each stays its own.
    if not set(old["key"].split(", ")) <= set(new["key"].split(", ")):
        found.append(f"the key changed from {old['key']} to {new['key']}")
    if new["partitions"] != old["partitions"]:
        # Keys would move to other partitions and lose their order with what lies there.
        found.append(f"the partitions changed from {old['partitions']} to {new['partitions']}")
    if new["message_bytes_max"] < old["message_bytes_max"]:
        was, now = old["message_bytes_max"], new["message_bytes_max"]
        found.append(f"the size limit was lowered from {was} to {now} bytes")
    data_was, data_now = old.get("data_bytes_max"), new.get("data_bytes_max")
    if data_now is not None and (data_was is None or data_now < data_was):
        was = "none" if data_was is None else data_was
        found.append(f"the limit of data was lowered from {was} to {data_now} bytes")
    return found
