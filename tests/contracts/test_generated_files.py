"""What is committed under ``contracts/`` is what the models say, and it is true."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from payops_contracts.envelope import binary_attributes, is_binary
from payops_contracts.generate import asyncapi, catalogue
from payops_contracts.generate.__main__ import main
from payops_contracts.generate.examples import example
from payops_contracts.generate.outputs import BINARY_EXAMPLE, FOLDERS, ROOT, outputs, write
from payops_contracts.registry import EVENT_MODELS, topic_of, validate
from payops_contracts.topics import ALL_SUBSCRIPTIONS, AUDIT, TOPICS, TRANSACTIONS, all_topics
from payops_kernel.testing import SLOW_MACHINE

TYPES = sorted(EVENT_MODELS)
KINDS = ("full", "minimal")
GENERATION_LIMIT_S = 60 * SLOW_MACHINE
PRINT_OUTPUTS = """
import json
from payops_contracts.generate.outputs import outputs
print(json.dumps(outputs()))
"""


def read(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def test_everything_committed_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_generation_does_not_depend_on_the_order_in_which_a_process_keeps_sets(
    hash_seed: str,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_OUTPUTS],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=GENERATION_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == outputs()


def test_a_topic_of_several_publishers_is_sent_by_each_and_names_them_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = replace(AUDIT, publishers=("transactions", "analytics"))
    for module in (asyncapi, catalogue):
        monkeypatch.setattr(module, "TOPICS", (TRANSACTIONS, both))
    for service in both.publishers:
        document = asyncapi.document(service)
        assert f"send.{AUDIT.name}" in document["operations"]
        said = document["channels"][AUDIT.name]["description"]
        assert said.endswith("published by transactions, analytics")
    assert "- published by: transactions, analytics\n" in catalogue.page()


def test_every_service_that_publishes_anything_publishes_audit_records() -> None:
    """And the gateway, which changes what users keep and decides about dead letters."""
    ours = (topic.publishers for topic in TOPICS if topic.ours and topic is not AUDIT)
    services = {service for services in ours for service in services}
    assert set(AUDIT.publishers) == services | {"gateway"}


@pytest.mark.parametrize("path", ["schemas/upstream.payment.paid.v1.json", "EVENTS.md"])
@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_the_check_names_the_file_that_is_out_of_date(
    path: str, harm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    assert main(["--check", "--root", str(tmp_path)]) == 0
    if harm == "changed":
        (tmp_path / path).write_text("{}", encoding="utf-8")
    else:
        (tmp_path / path).unlink()
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert f"{path}: {harm}" in capsys.readouterr().err


def test_a_file_of_an_event_that_is_gone_is_named_and_then_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    left = tmp_path / "schemas" / "upstream.payment.lost.v1.json"
    left.write_text("{}", encoding="utf-8")
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "upstream.payment.lost.v1.json: not generated any more" in capsys.readouterr().err
    assert main(["--root", str(tmp_path)]) == 0
    assert not left.exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_satisfies_its_model_and_its_schema(event_type: str, kind: str) -> None:
    event = read(f"examples/{event_type}.{kind}.json")
    schema = read(f"schemas/{event_type}.json")
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(event)
    assert validate(event).type == event_type


@pytest.mark.parametrize("event_type", TYPES)
def test_a_required_field_left_out_is_refused_by_the_model_and_by_the_schema(
    event_type: str,
) -> None:
    schema = Draft202012Validator(read(f"schemas/{event_type}.json"))
    least = read(f"examples/{event_type}.minimal.json")
    for name in sorted(least["data"]):
        without = least | {"data": {key: it for key, it in least["data"].items() if key != name}}
        assert not schema.is_valid(without), name
        with pytest.raises(ValueError, match=name):
            validate(without)


def test_between_them_the_full_examples_of_a_topic_show_every_field() -> None:
    for topic in TOPICS:
        types = [it for it in TYPES if topic_of(it) is topic]
        shown = {path for it in types for path in _paths(example(EVENT_MODELS[it], full=True))}
        for event_type in types:
            schema = read(f"schemas/{event_type}.json")
            assert _schema_paths(schema, schema, "") <= shown, event_type


def test_the_binary_example_becomes_the_structured_one() -> None:
    record = read(f"examples/{BINARY_EXAMPLE}.binary.json")
    structured = read(f"examples/{BINARY_EXAMPLE}.full.json")
    assert is_binary(record["headers"])
    assert record["key"] == structured["subject"]
    assert {**binary_attributes(record["headers"]), "data": record["value"]} == structured


@pytest.mark.parametrize("service", asyncapi.services())
def test_every_reference_in_an_asyncapi_document_leads_somewhere(service: str) -> None:
    document = read(f"asyncapi/{service}.json")
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))
    assert references
    for reference in references:
        if not reference.startswith("#/"):
            assert (ROOT / "asyncapi" / reference).resolve().is_file(), reference
            continue
        node = document
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]


def test_the_asyncapi_documents_tell_of_every_topic_that_a_service_touches() -> None:
    told: dict[str, Any] = {}
    for service in asyncapi.services():
        told |= read(f"asyncapi/{service}.json")["channels"]
    assert set(told) == {topic.name for topic in all_topics()}
    for topic in all_topics():
        kafka = told[topic.name]["bindings"]["kafka"]
        assert kafka["partitions"] == topic.partitions
        assert kafka["topicConfiguration"]["max.message.bytes"] == topic.message_bytes_max


@pytest.mark.parametrize(
    "subscription", ALL_SUBSCRIPTIONS, ids=lambda it: f"{it.topic.name}-{it.group}"
)
def test_a_consumers_document_says_its_group_and_its_key(subscription: Any) -> None:
    document = read(f"asyncapi/{subscription.service}.json")
    operation = document["operations"][f"receive.{subscription.topic.name}"]
    assert operation["action"] == "receive"
    assert operation["bindings"]["kafka"]["groupId"]["enum"] == [subscription.group]
    for message in document["channels"][subscription.topic.name]["messages"]:
        key = document["components"]["messages"][message]["bindings"]["kafka"]["key"]
        assert key["description"] == subscription.topic.subject
    assert f"send.{subscription.dead_letter_topic}" in document["operations"]


def test_the_catalogue_links_to_files_that_exist() -> None:
    page = (ROOT / "EVENTS.md").read_text(encoding="utf-8")
    links = [it for it in re.findall(r"\]\(([^)#]+)\)", page) if it.startswith(FOLDERS)]
    assert len(links) == 3 * len(TYPES)
    for link in links:
        assert (ROOT / link).is_file(), link
    anchors = {it.lower() for it in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= anchors


def _paths(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return {it for item in value for it in _paths(item, path)}
    if not isinstance(value, dict):
        return set()
    here = {f"{path}.{name}" for name in value}
    return here.union(*(_paths(child, f"{path}.{name}") for name, child in value.items()))


def _schema_paths(schema: Any, node: Any, path: str) -> set[str]:
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    found: set[str] = set()
    for branch in [*node.get("anyOf", ()), *([node["items"]] if "items" in node else ())]:
        found |= _schema_paths(schema, branch, path)
    for name, child in node.get("properties", {}).items():
        found |= {f"{path}.{name}"} | _schema_paths(schema, child, f"{path}.{name}")
    return found
