"""The published schemas and the decoder that consumers use say the same of every upstream event.

What a generator makes of a schema is taken; what is changed in an event is taken exactly when the
schema (and the few rules that no schema says) still allows it, and refused with the reason if not.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payops_contracts.registry import topic_of, validate
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.records import event_decoder
from payops_testing.contracts.agreeing import (
    CONTRACTS,
    NAMES,
    NASTY,
    UPSTREAM,
    Event,
    binary,
    changed,
    events_of,
    fits,
    paths,
    structured,
    subject_field,
)

DECODERS = {name: event_decoder(topic_of(name).events, topic_of(name)) for name in UPSTREAM}

MADE, MADE_FULL = 30, 2_000
CHANGED, CHANGED_FULL = 200, 20_000
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def tries(request: pytest.FixtureRequest, some: int, many: int) -> settings:
    """How many examples this run makes."""
    return settings(
        max_examples=many if request.config.getoption("--full") else some,
        deadline=None,
        suppress_health_check=SLOW,
    )


@pytest.mark.parametrize("event_type", UPSTREAM)
def test_what_is_made_of_a_schema_is_taken_in_both_modes(
    event_type: str, request: pytest.FixtureRequest
) -> None:
    @tries(request, MADE, MADE_FULL)
    @given(events_of(event_type))
    def taken(event: Event) -> None:
        decode = DECODERS[event_type]
        whole = decode(structured(event))
        assert (whole.type, whole.id, whole.source) == (event_type, event["id"], event["source"])
        parts = decode(binary(event))
        assert (parts.data, parts.time, parts.subject) == (whole.data, whole.time, whole.subject)
        assert validate(event) == whole

    taken()


def full_example(event_type: str) -> Event:
    """The golden example with every optional field."""
    file = CONTRACTS / "examples" / f"{event_type}.full.json"
    event: Event = json.loads(file.read_text(encoding="utf-8"))
    return event


@st.composite
def changed_events(draw: st.DrawFn, event_type: str) -> tuple[Event, tuple[str | int, ...]]:
    """A golden example with one place changed, and which."""
    event = full_example(event_type)
    there = sorted(paths(event), key=str)
    path = draw(st.sampled_from([*there, *((name,) for name in NAMES)]))
    away = path in there and draw(st.integers(0, 5)) == 0
    value = draw(st.sampled_from(NASTY))
    changes = changed(event, path, value, away=away)
    field = subject_field(event["data"])
    if path[-1] in {"subject", field} and draw(st.booleans()) and "data" in changes:
        # Both together, so that the value itself is judged.
        changes = changed(changes, ("subject",), value, away=False)
        changes = changed(changes, ("data", field), value, away=False)
        path = ("subject", field)
    return changes, path


@pytest.mark.parametrize("event_type", UPSTREAM)
def test_a_changed_event_is_taken_exactly_when_its_schema_still_takes_it(
    event_type: str, request: pytest.FixtureRequest
) -> None:
    @tries(request, CHANGED, CHANGED_FULL)
    @given(changed_events(event_type))
    def judged_alike(case: tuple[Event, tuple[str | int, ...]]) -> None:
        event, path = case
        decode = DECODERS[event_type]
        if fits(event_type, event):
            decode(structured(event))
            return
        with pytest.raises(DeadLetter) as refused:
            decode(structured(event))
        sentence = str(refused.value)
        # Numbers of list items stand in the sentence too; a place above it says enough.
        assert any(str(key) in sentence for key in path), sentence
        with pytest.raises(ValueError, match=r"."):
            validate(event)

    judged_alike()


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value)[:40])
def test_no_value_anywhere_in_an_event_parts_schema_and_parser(value: Any) -> None:
    event_type = "upstream.payment.failed.v1"
    event = full_example(event_type)
    for path in paths(event):
        changes = changed(event, path, value, away=False)
        try:
            DECODERS[event_type](structured(changes))
        except DeadLetter:
            assert not fits(event_type, changes), path
        else:
            assert fits(event_type, changes), path


def test_a_schema_that_says_less_than_the_parser_would_be_seen() -> None:
    """The comparison itself can fail: an oracle that knows no limit of years disagrees."""
    event = full_example("upstream.payment.paid.v1")
    late = changed(event, ("data", "created_at"), "2300-01-01T00:00:00Z", away=False)
    assert not fits("upstream.payment.paid.v1", late)
    with pytest.raises(DeadLetter, match="within the years 1970 to 2200"):
        DECODERS["upstream.payment.paid.v1"](structured(late))
