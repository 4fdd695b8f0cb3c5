"""The registry: event types, their topics, and the judgement of one event."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from payops_contracts.generate.examples import example
from payops_contracts.registry import EVENT_MODELS, adapter_of, topic_of, type_of, validate
from payops_contracts.topics import TOPICS, TRANSACTIONS, UPSTREAM_PAYMENTS

PAID = "upstream.payment.paid.v1"


def paid(**data: Any) -> dict[str, Any]:
    event = json.loads(json.dumps(example(EVENT_MODELS[PAID], full=True)))
    event["data"] |= data
    checked: dict[str, Any] = event
    return checked


def test_every_type_is_found_by_its_name_and_knows_its_topic() -> None:
    assert EVENT_MODELS
    for event_type, model in EVENT_MODELS.items():
        assert type_of(model) == event_type
        assert topic_of(event_type) in TOPICS
    assert topic_of(PAID) is UPSTREAM_PAYMENTS
    assert topic_of("payops.transaction.paid.v1") is TRANSACTIONS


def test_every_type_ends_in_its_version_and_every_topic_carries_something() -> None:
    for event_type in EVENT_MODELS:
        assert event_type.rpartition(".v")[2].isdigit()
    assert {topic_of(event_type).name for event_type in EVENT_MODELS} == {it.name for it in TOPICS}


def test_an_event_is_judged_as_a_mapping_as_text_and_as_bytes() -> None:
    event = paid()
    text = json.dumps(event)
    assert validate(event) == validate(text) == validate(text.encode())
    assert type_of(type(validate(event))) == PAID


def test_a_topics_adapter_gives_the_model_that_the_type_names() -> None:
    adapter = adapter_of("upstream.payments")
    assert adapter is adapter_of("upstream.payments")
    assert type(adapter.validate_json(json.dumps(paid()))) is EVENT_MODELS[PAID]


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"carrier\.pigeon\.v1"):
        validate(paid() | {"type": "carrier.pigeon.v1"})


def test_an_event_about_another_subject_than_its_data_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"subject and data\.transaction_id differ"):
        validate(paid(transaction_id="ORD-other"))


def test_an_amount_that_python_would_round_is_refused_in_a_mapping_too() -> None:
    with pytest.raises(ValidationError, match="amount_minor"):
        validate(paid(amount_minor=32.3))


def test_a_field_of_a_later_version_is_ignored() -> None:
    assert validate(paid(loyalty_points=5)) == validate(paid())


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"null", b"[]", b'{"type": NaN}', b"\xff\xfe", b'{"a":' * 5000, b'"\\ud800"']
)
def test_bytes_that_are_no_event_raise_a_validation_error_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(ValidationError):
        validate(raw)
