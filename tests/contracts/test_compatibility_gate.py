"""The gate: what was ever published is still accepted, and still there for those who read it.

When it fails, give the change a new version of its type (``.v2``) and keep the old one, or make
it harmless: a new field optional, a limit higher.
"""

import json

import pytest

from payops_contracts.registry import adapter_of
from payops_contracts.snapshots import all_breaks, published, published_examples
from payops_contracts.topics import TOPICS

RELEASES = [(it["type"], it["revision"]) for many in published().values() for it in many]


def test_something_was_published() -> None:
    assert RELEASES


def test_no_published_event_lost_anything() -> None:
    assert all_breaks() == []


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_every_example_ever_published_is_still_taken(topic: str) -> None:
    adapter = adapter_of(topic)
    for event in published_examples(topic):
        taken = adapter.validate_json(json.dumps(event))
        assert taken.type == event["type"]
        assert taken.subject == event["subject"]


@pytest.mark.parametrize(("event_type", "revision"), RELEASES)
def test_a_release_is_named_as_its_folder_and_number_say(event_type: str, revision: int) -> None:
    release = published()[event_type][revision - 1]
    assert release["revision"] == revision
    assert release["schema"]["properties"]["type"]["const"] == event_type
    assert release["examples"]
