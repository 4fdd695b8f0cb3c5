"""The gate is no ornament: every kind of breaking change is planted, found and named."""

import copy
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from payops_contracts.compatibility import schema_breaks
from payops_contracts.envelope import Envelope
from payops_contracts.generate.schemas import event_schema
from payops_contracts.registry import EVENT_MODELS, topic_of
from payops_contracts.snapshots import breaks, today

GONE: Any = object()
TYPE: Any = Literal["upstream.thing.happened.v1"]


class Colour(StrEnum):
    RED = "RED"
    GREEN = "GREEN"


class OnlyRed(StrEnum):
    RED = "RED"


class MoreColours(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"


class Line(BaseModel):
    text: str
    price: int = 0


class LineWithoutPrice(BaseModel):
    text: str


class LineWithUnit(BaseModel):
    text: str
    price: int = 0
    unit: str


FIELDS: dict[str, Any] = {
    "code": (Annotated[str, Field(min_length=1, max_length=10, pattern="^[A-Z]+$")], ...),
    "amount": (Annotated[int, Field(ge=0, le=100)], ...),
    "colour": (Colour, ...),
    "note": (str | None, None),
    "size": (Literal["S", "M"], "S"),
    "lines": (Annotated[tuple[Line, ...], Field(max_length=5)], ()),
}


def schema(**changes: Any) -> dict[str, Any]:
    """The schema of an event whose data is :data:`FIELDS`, but for the changes."""
    fields = {name: it for name, it in (FIELDS | changes).items() if it is not GONE}
    data = create_model("Data", **fields)
    event = create_model(
        "Event",
        __base__=Envelope,
        type=(TYPE, ...),
        data=(data, ...),
    )
    return event_schema(event)


def found(*, ours: bool = False, **changes: Any) -> list[str]:
    return schema_breaks(schema(), schema(**changes), ours=ours)


BREAKS: dict[str, tuple[dict[str, Any], str]] = {
    "removed field": ({"note": GONE}, "data.note: was removed"),
    "retyped field": (
        {"amount": (Annotated[str, Field()], ...)},
        "data.amount: was integer, is now string",
    ),
    "number that was a text": (
        {"note": (int | None, None)},
        "data.note: was string, is now integer or null",
    ),
    "null that is refused": ({"note": (str, None)}, "data.note: was null, is now string"),
    "newly required field": (
        {"note": (str | None, ...)},
        "data.note: is newly required",
    ),
    "new field that is required": ({"place": (str, ...)}, "data.place: is newly required"),
    "lost enum value": ({"colour": (OnlyRed, ...)}, "data.colour: the value 'GREEN' was removed"),
    "lost literal value": (
        {"size": (Literal["S"], "S")},
        "data.size: the value 'M' was removed",
    ),
    "free text that became a vocabulary": (
        {"note": (Literal["a"] | None, None)},
        "data.note: now takes only listed values",
    ),
    "lowered length": (
        {"code": (Annotated[str, Field(min_length=1, max_length=9, pattern="^[A-Z]+$")], ...)},
        "data.code: maxLength was lowered from 10 to 9",
    ),
    "raised least length": (
        {"code": (Annotated[str, Field(min_length=2, max_length=10, pattern="^[A-Z]+$")], ...)},
        "data.code: minLength was raised from 1 to 2",
    ),
    "lowered amount": (
        {"amount": (Annotated[int, Field(ge=0, le=99)], ...)},
        "data.amount: maximum was lowered from 100 to 99",
    ),
    "raised least amount": (
        {"amount": (Annotated[int, Field(ge=1, le=100)], ...)},
        "data.amount: minimum was raised from 0 to 1",
    ),
    "limit where there was none": (
        {"note": (Annotated[str, Field(max_length=9)] | None, None)},
        "data.note: maxLength was lowered from none to 9",
    ),
    "shorter list": (
        {"lines": (Annotated[tuple[Line, ...], Field(max_length=4)], ())},
        "data.lines: maxItems was lowered from 5 to 4",
    ),
    "narrowed pattern": (
        {"code": (Annotated[str, Field(min_length=1, max_length=10, pattern="^[A-F]+$")], ...)},
        "data.code: the pattern changed from ^[A-Z]+$ to ^[A-F]+$",
    ),
    "pattern where there was none": (
        {"note": (Annotated[str, Field(pattern="^a")] | None, None)},
        "data.note: the pattern changed from none to ^a",
    ),
    "changed default": (
        {"size": (Literal["S", "M"], "M")},
        "data.size: the default changed from 'S' to 'M'",
    ),
    "removed field of a list's items": (
        {"lines": (Annotated[tuple[LineWithoutPrice, ...], Field(max_length=5)], ())},
        "data.lines[].price: was removed",
    ),
    "required field of a list's items": (
        {"lines": (Annotated[tuple[LineWithUnit, ...], Field(max_length=5)], ())},
        "data.lines[].unit: is newly required",
    ),
    "keyword without a rule": (
        {"amount": (Annotated[int, Field(ge=0, le=100, multiple_of=5)], ...)},
        "data.amount: multipleOf changed, and no rule says whether that is safe",
    ),
    "refused word": (
        {"note": (Annotated[str, Field(json_schema_extra={"not": {"enum": ["x"]}})] | None, None)},
        "data.note: now refuses 'x'",
    ),
}


@pytest.mark.parametrize(("changes", "sentence"), BREAKS.values(), ids=BREAKS.keys())
def test_a_planted_break_is_found_and_named(changes: dict[str, Any], sentence: str) -> None:
    assert found(**changes) == [sentence]


HARMLESS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "new optional field": {"place": (str | None, None)},
    "new enum value": {"colour": (MoreColours, ...)},
    "raised limit": {"amount": (Annotated[int, Field(ge=-5, le=1000)], ...)},
    "dropped pattern": {"code": (Annotated[str, Field(min_length=1, max_length=20)], ...)},
    "described": {"note": (Annotated[str, Field(description="A note.")] | None, None)},
}


@pytest.mark.parametrize("changes", HARMLESS.values(), ids=HARMLESS.keys())
@pytest.mark.parametrize("ours", [False, True])
def test_a_harmless_change_passes(changes: dict[str, Any], ours: bool) -> None:
    assert found(ours=ours, **changes) == []


OURS_ONLY: dict[str, tuple[dict[str, Any], str]] = {
    "field that may be missing": (
        {"amount": (Annotated[int, Field(ge=0, le=100)], 0)},
        "data.amount: was always there and may now be missing",
    ),
    "field that may be null": (
        {"amount": (Annotated[int, Field(ge=0, le=100)] | None, ...)},
        "data.amount: may now also be null",
    ),
}


@pytest.mark.parametrize(("changes", "sentence"), OURS_ONLY.values(), ids=OURS_ONLY.keys())
def test_what_only_surprises_readers_is_a_break_in_what_we_publish(
    changes: dict[str, Any], sentence: str
) -> None:
    assert found(ours=True, **changes) == [sentence]
    assert found(ours=False, **changes) == []


TOPIC_BREAKS: dict[str, tuple[dict[str, Any], str]] = {
    "changed key": ({"key": "customer id"}, "the key changed from customer id to "),
    "changed partitions": ({"partitions": 3}, "the partitions changed from 3 to "),
    "lowered size": ({"message_bytes_max": 2**40}, f"the size limit was lowered from {2**40} to "),
}


@pytest.mark.parametrize(("was", "sentence"), TOPIC_BREAKS.values(), ids=TOPIC_BREAKS.keys())
@pytest.mark.parametrize("event_type", sorted(EVENT_MODELS))
def test_a_planted_break_of_a_topic_is_found_and_named(
    event_type: str, was: dict[str, Any], sentence: str
) -> None:
    now = today(event_type)
    assert now is not None
    topics = frozenset({now["topic"]["name"]})
    old = now | {"topic": now["topic"] | was}
    (line,) = breaks(old, now, topics)
    assert line.startswith(f"{event_type}: {sentence}")


def test_a_topic_that_carries_events_of_further_subjects_too_is_no_break() -> None:
    now = today("payops.refund.requested.v1")
    assert now is not None
    assert now["topic"]["key"] == "transaction id, subscription id"
    old = now | {"topic": now["topic"] | {"key": "transaction id"}}
    assert breaks(old, now, frozenset({now["topic"]["name"]})) == []


@pytest.mark.parametrize("event_type", sorted(EVENT_MODELS))
def test_a_removed_event_a_removed_topic_and_a_move_are_found(event_type: str) -> None:
    now = today(event_type)
    assert now is not None
    name = topic_of(event_type).name
    assert breaks(now, None, frozenset({name})) == [f"{event_type}: the event was removed"]
    assert breaks(now, now, frozenset()) == [f"{event_type}: the topic {name} was removed"]
    moved = now | {"topic": now["topic"] | {"name": "old.topic"}}
    assert breaks(moved, now, frozenset({name, "old.topic"})) == [
        f"{event_type}: moved from the topic old.topic to {name}"
    ]


@pytest.mark.parametrize("event_type", sorted(EVENT_MODELS))
def test_no_field_and_no_word_of_a_real_event_can_vanish_unseen(event_type: str) -> None:
    now = event_schema(EVENT_MODELS[event_type])
    tried = 0
    for what, harmed in _harmed(now):
        assert any(what in it for it in schema_breaks(now, harmed, ours=False)), what
        tried += 1
    assert tried >= len(Envelope.model_fields)


def _harmed(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema with one field or one enum value less, for each of them; and its name."""
    shapes: list[list[str]] = [[], *(["$defs", name] for name in schema["$defs"])]
    for where in shapes:
        node = _at(schema, where)
        for name in node.get("properties", {}):
            harmed = copy.deepcopy(schema)
            shape = _at(harmed, where)
            del shape["properties"][name]
            shape["required"] = [it for it in shape.get("required", []) if it != name]
            yield f"{name}: was removed", harmed
        for value in node.get("enum", []):
            harmed = copy.deepcopy(schema)
            _at(harmed, where)["enum"].remove(value)
            yield f"the value {value!r} was removed", harmed


def _at(schema: dict[str, Any], where: list[str]) -> dict[str, Any]:
    for name in where:
        schema = schema[name]
    return schema
