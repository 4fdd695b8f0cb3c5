"""Releases are written once: a type gets a new revision, and never loses what an old one had."""

import json
from pathlib import Path
from typing import Any

import pytest

from payops_contracts.publish import main
from payops_contracts.registry import EVENT_MODELS
from payops_contracts.snapshots import all_breaks, published, published_examples

PAID = "upstream.payment.paid.v1"


def publish(root: Path, *arguments: str) -> int:
    return main([*arguments, "--root", str(root)])


def edit(file: Path, **changes: Any) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(document | changes), encoding="utf-8")


def test_every_event_can_be_released_and_the_gate_is_content(tmp_path: Path) -> None:
    assert publish(tmp_path, "--all") == 0
    assert set(published(tmp_path)) == set(EVENT_MODELS)
    assert all_breaks(tmp_path) == []


def test_releasing_the_same_again_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path, PAID)
    before = (tmp_path / PAID / "1.json").read_bytes()
    assert publish(tmp_path, PAID) == 0
    assert "was published already" in capsys.readouterr().out
    assert [it.name for it in (tmp_path / PAID).iterdir()] == ["1.json"]
    assert (tmp_path / PAID / "1.json").read_bytes() == before


def test_a_compatible_change_is_the_next_revision_and_old_examples_stay(tmp_path: Path) -> None:
    publish(tmp_path, PAID)
    first = tmp_path / PAID / "1.json"
    examples = json.loads(first.read_text(encoding="utf-8"))["examples"][:1]
    edit(first, examples=examples)
    assert publish(tmp_path, PAID) == 0
    assert [it["revision"] for it in published(tmp_path)[PAID]] == [1, 2]
    assert len(published_examples("upstream.payments", tmp_path)) == 3


def test_a_type_that_would_break_its_first_release_is_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path, PAID)
    first = tmp_path / PAID / "1.json"
    schema = json.loads(first.read_text(encoding="utf-8"))["schema"]
    schema["properties"]["region"] = {"type": "string"}
    edit(first, schema=schema)
    assert publish(tmp_path, PAID) == 1
    assert f"not published: {PAID}: region: was removed" in capsys.readouterr().err
    assert all_breaks(tmp_path) == [f"{PAID}: region: was removed"]


def test_an_event_that_was_released_cannot_just_go(tmp_path: Path) -> None:
    publish(tmp_path, PAID)
    lost = "upstream.payment.lost.v1"
    (tmp_path / PAID).rename(tmp_path / lost)
    edit(tmp_path / lost / "1.json", type=lost)
    assert all_breaks(tmp_path) == [f"{lost}: the event was removed"]


def test_a_type_that_does_not_exist_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(tmp_path, "carrier.pigeon.v1") == 1
    assert "there is no event type carrier.pigeon.v1" in capsys.readouterr().err
