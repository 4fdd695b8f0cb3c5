"""The envelope: CloudEvents 1.0 as any SDK may write it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from payops_contracts.envelope import (
    STRUCTURED_CONTENT_TYPE,
    DomainEnvelope,
    Envelope,
    binary_attributes,
    domain_event,
    is_binary,
    schema_uri,
)

ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)
DOMAIN: TypeAdapter[DomainEnvelope] = TypeAdapter(DomainEnvelope)
AT = datetime(2025, 10, 30, 9, 22, 31, tzinfo=UTC)
LEAST: dict[str, Any] = {
    "specversion": "1.0",
    "id": "evt-1",
    "source": "/hub",
    "type": "upstream.payment.paid.v1",
    "subject": "ORD-1",
    "time": "2025-10-30T09:22:31Z",
}


def read(**attributes: Any) -> Envelope:
    return ENVELOPE.validate_json(to_json(LEAST | attributes))


def test_the_required_attributes_are_enough() -> None:
    event = read()
    assert (event.id, event.source, event.subject) == ("evt-1", "/hub", "ORD-1")
    assert event.datacontenttype == "application/json"


@pytest.mark.parametrize("name", sorted(LEAST))
def test_an_event_without_a_required_attribute_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        ENVELOPE.validate_json(to_json({key: LEAST[key] for key in LEAST if key != name}))


@pytest.mark.parametrize(
    "name",
    [
        "datacontenttype",
        "dataschema",
        "sequence",
        "partitionkey",
        "correlationid",
        "causationid",
        "traceparent",
    ],
)
def test_null_stands_for_an_optional_attribute_that_is_not_there(name: str) -> None:
    assert getattr(read(**{name: None}), name) is None


def test_unknown_extensions_are_ignored() -> None:
    assert read(region="eu", comexampleextension1=5) == read()


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"],
)
def test_json_may_come_with_parameters(media_type: str) -> None:
    assert read(datacontenttype=media_type).datacontenttype == media_type


@pytest.mark.parametrize("media_type", ["text/xml", "application/json-seq", "application/avro"])
def test_data_that_is_not_json_is_refused(media_type: str) -> None:
    with pytest.raises(ValidationError, match="datacontenttype"):
        read(datacontenttype=media_type)


def test_another_version_of_cloudevents_is_refused() -> None:
    with pytest.raises(ValidationError, match="specversion"):
        read(specversion="0.3")


@pytest.mark.parametrize("name", ["id", "source", "subject"])
@pytest.mark.parametrize("value", ["", "x" * 257, "a\x00b", 5])
def test_attributes_are_texts_with_a_limit_and_no_control_characters(
    name: str, value: object
) -> None:
    with pytest.raises(ValidationError, match=name):
        read(**{name: value})


def test_upstreams_own_sequence_may_be_any_text() -> None:
    assert read(sequence="2025-10-30/17").sequence == "2025-10-30/17"


def test_a_domain_event_says_its_version_its_key_and_its_schema() -> None:
    event = domain_event(
        "payops.transaction.paid.v1",
        "/payops/transactions",
        "ORD-1",
        7,
        AT,
        {"status": "PAID"},
    )
    assert event["id"] == "ORD-1:7"
    assert event["sequence"] == "000000000007"
    assert event["partitionkey"] == event["subject"] == "ORD-1"
    assert event["dataschema"] == schema_uri("payops.transaction.paid.v1")
    assert DOMAIN.validate_json(to_json(event)).version == 7


def test_sequences_of_domain_events_sort_as_texts_as_they_do_as_numbers() -> None:
    def sequence(version: int) -> str:
        event = domain_event("t.v1", "/s", "a", version, AT, {})
        return str(event["sequence"])

    versions = [1, 2, 9, 10, 99, 1_000_000, 1_000_001, 999_999_999_999]
    assert sorted(versions, key=sequence) == versions


@pytest.mark.parametrize("name", ["sequence", "partitionkey", "dataschema"])
def test_a_domain_event_without_what_readers_rely_on_is_refused(name: str) -> None:
    event = domain_event("t.v1", "/s", "a", 1, AT, {})
    del event[name]
    with pytest.raises(ValidationError, match=name):
        DOMAIN.validate_json(to_json(event))


def test_binary_mode_is_told_by_its_headers() -> None:
    assert is_binary({"ce_specversion": "1.0", "content-type": "application/json"})
    assert is_binary({"ce_specversion": "1.0"})
    assert not is_binary({})
    assert not is_binary({"content-type": "application/json"})


@pytest.mark.parametrize(
    "media_type",
    [
        "application/cloudevents+json",
        "application/cloudevents+json; charset=UTF-8",
        STRUCTURED_CONTENT_TYPE,
        " Application/CloudEvents+JSON;charset=utf-8",
    ],
)
def test_structured_mode_may_repeat_its_attributes_as_headers(media_type: str) -> None:
    assert not is_binary({"ce_specversion": "1.0", "content-type": media_type})


def test_binary_headers_become_attributes_and_the_content_type_is_the_datas() -> None:
    headers = {"ce_id": "evt-1", "ce_type": "t.v1", "content-type": "application/json", "other": ""}
    assert binary_attributes(headers) == {
        "id": "evt-1",
        "type": "t.v1",
        "datacontenttype": "application/json",
    }
