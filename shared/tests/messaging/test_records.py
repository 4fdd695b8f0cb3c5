"""From raw records to events: whatever lies in a log ends as an event or as a dead letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.envelope import DATA_BYTES_MAX, STRUCTURED_HEADERS
from payops_contracts.payments import PaymentPaidV1, UpstreamPaymentEvent
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.records import Record, event_decoder
from payops_kernel.ports import Headers
from payops_kernel.testing import GoldenExample, golden_examples

decode = event_decoder(UpstreamPaymentEvent, UPSTREAM_PAYMENTS)
UPSTREAM = golden_examples("upstream.payment.")
PAID = next(example for example in UPSTREAM if example.name.startswith("upstream.payment.paid"))


def record(value: bytes | None, headers: Headers = ()) -> Record:
    return Record("upstream.payments", 0, 0, 0, b"k", value, headers)


def paid(**changes: Any) -> dict[str, Any]:
    example = next(e for e in UPSTREAM if e.name == "upstream.payment.paid.v1.minimal")
    document: dict[str, Any] = json.loads(example.value)
    document.update(changes)
    return document


@pytest.mark.parametrize("example", UPSTREAM, ids=lambda example: example.name)
def test_every_golden_example_is_an_event(example: GoldenExample) -> None:
    event = decode(record(example.value, example.headers))
    assert event.type == example.event_type
    assert event.subject.encode() == example.key


def test_binary_and_structured_mode_are_the_same_event() -> None:
    binary = next(e for e in UPSTREAM if e.headers)
    structured = next(e for e in UPSTREAM if e.name == "upstream.payment.paid.v1.full")
    from_binary = decode(record(binary.value, binary.headers))
    from_structured = decode(record(structured.value))
    assert isinstance(from_binary, PaymentPaidV1)
    assert from_binary.data == from_structured.data
    assert from_binary.id == from_structured.id


def test_header_names_and_the_content_type_are_read_in_any_case() -> None:
    binary = next(e for e in UPSTREAM if e.headers)
    shouted = tuple((name.upper(), value) for name, value in binary.headers)
    assert decode(record(binary.value, shouted)) == decode(record(binary.value, binary.headers))
    both: Headers = (("Content-Type", b"APPLICATION/CloudEvents+JSON; Charset=UTF-8"), *shouted[1:])
    structured = tuple(pair for pair in both if pair[0] != "CONTENT-TYPE")
    assert decode(record(MINIMAL, structured)) == decode(record(MINIMAL))
    assert decode(record(MINIMAL, STRUCTURED_HEADERS)) == decode(record(MINIMAL))


def test_a_shouted_attribute_that_is_not_utf8_is_refused_too() -> None:
    binary = next(e for e in UPSTREAM if e.headers)
    broken = tuple((n.upper(), b"\xff" if n == "ce_id" else v) for n, v in binary.headers)
    with pytest.raises(DeadLetter, match="CE_ID is not UTF-8"):
        decode(record(binary.value, broken))


DEEP = 50_000
AMOUNT = b'"amount_minor": 3230'
MINIMAL = json.dumps(paid()).encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "unparsable"),
        (b"", "unparsable"),
        (MINIMAL[:-10], "unparsable"),
        (b"\xff\xfe\x00", "unparsable"),
        (b"[" * DEEP, "unparsable"),
        (b'{"a":' * DEEP, "unparsable"),
        (MINIMAL.replace(AMOUNT, b'"amount_minor": 01'), "unparsable"),
        (json.dumps(paid(type="upstream.payment.lost.v1")).encode(), "unknown_type"),
        (json.dumps(paid(type=7)).encode(), "unknown_type"),
        (json.dumps(paid(type=None)).encode(), "unknown_type"),
        (b"{}", "unknown_type"),
        (json.dumps(paid(specversion="0.3")).encode(), "wrong_schema"),
        (json.dumps(paid(time="yesterday")).encode(), "wrong_schema"),
        (json.dumps(paid(subject="other")).encode(), "wrong_schema"),
        (json.dumps(paid(data=None)).encode(), "wrong_schema"),
        (json.dumps(paid(data=[])).encode(), "wrong_schema"),
    ],
)
def test_what_is_no_event_is_a_dead_letter_with_its_reason(
    value: bytes | None, reason: str
) -> None:
    with pytest.raises(DeadLetter) as refused:
        decode(record(value))
    assert refused.value.extra["reason"] == reason
    assert str(refused.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1.5", "-1", '"1"'])
def test_an_amount_that_is_no_whole_number_of_minor_units_is_a_dead_letter(number: str) -> None:
    assert AMOUNT in MINIMAL
    with pytest.raises(DeadLetter):
        decode(record(MINIMAL.replace(AMOUNT, b'"amount_minor": ' + number.encode())))


@pytest.mark.parametrize("number", [b"3230", b"3230.0", b"3.23e3", b"32300E-1"])
def test_an_amount_is_read_however_json_writes_a_whole_number(number: bytes) -> None:
    event = decode(record(MINIMAL.replace(AMOUNT, b'"amount_minor": ' + number)))
    assert event.data.amount_minor == 3230
    assert type(event.data.amount_minor) is int


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (7.0, "7"), (-1, "-1"), (True, "true"), (False, "false"), ("007", "007")],
)
@pytest.mark.parametrize(
    "name", ["sequence", "partitionkey", "correlationid", "causationid", "traceparent"]
)
def test_an_extension_is_a_text_a_number_or_a_boolean_and_kept_as_its_text(
    name: str, value: object, text: str
) -> None:
    assert getattr(decode(record(json.dumps(paid(**{name: value})).encode())), name) == text


@pytest.mark.parametrize("value", [7.5, [], {}, 2**64])
def test_an_extension_that_cloudevents_does_not_know_as_a_value_is_refused(value: object) -> None:
    with pytest.raises(DeadLetter, match="sequence"):
        decode(record(json.dumps(paid(sequence=value)).encode()))


@pytest.mark.parametrize("value", [7, 7.5, None, True, [1], {"a": 1}, "x"])
def test_an_extension_of_somebody_elses_may_be_anything(value: object) -> None:
    assert decode(record(json.dumps(paid(region=value, comexample=value)).encode())).id


JSON_TYPES = [
    "application/json",
    "text/json",
    "application/vnd.shop.payment+json",
    "application/problem+json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
    "application/json ; charset=utf-8",
]


@pytest.mark.parametrize("media_type", JSON_TYPES)
def test_json_by_any_name_is_taken_in_both_modes(media_type: str) -> None:
    assert decode(record(json.dumps(paid(datacontenttype=media_type)).encode())).id
    binary = next(e for e in UPSTREAM if e.headers)
    headers = _with_content_type(binary.headers, media_type)
    assert decode(record(binary.value, headers)).datacontenttype == media_type


@pytest.mark.parametrize(
    "media_type", ["text/xml", "application/json-seq", "application/avro", "json", "", "a/b+jsonp"]
)
def test_data_by_another_name_is_refused_in_both_modes(media_type: str) -> None:
    with pytest.raises(DeadLetter, match="datacontenttype"):
        decode(record(json.dumps(paid(datacontenttype=media_type)).encode()))
    binary = next(e for e in UPSTREAM if e.headers)
    with pytest.raises(DeadLetter, match="datacontenttype"):
        decode(record(binary.value, _with_content_type(binary.headers, media_type)))


@pytest.mark.parametrize(
    "media_type", ["application/cloudevents+json", "Application/CloudEvents+JSON; charset=UTF-8"]
)
def test_structured_mode_is_told_by_its_content_type_in_any_case(media_type: str) -> None:
    headers: Headers = (("Content-Type", media_type.encode()), ("ce_specversion", b"1.0"))
    assert decode(record(MINIMAL, headers)).id


def _with_content_type(headers: Headers, media_type: str) -> Headers:
    others = tuple((name, value) for name, value in headers if name != "content-type")
    return (*others, ("content-type", media_type.encode()))


def _with_text_of(size: int) -> bytes:
    """A paid event whose data has as many bytes as JSON without blanks."""
    data = paid()["data"]
    data["x"] = ""
    spare = size - len(json.dumps(data, separators=(",", ":")).encode())
    return json.dumps(paid(data={**data, "x": "é" * (spare // 2) + "y" * (spare % 2)})).encode()


def test_data_has_64_kib_at_most_whatever_blanks_and_escapes_it_is_written_with() -> None:
    assert decode(record(_with_text_of(DATA_BYTES_MAX))).id
    with pytest.raises(DeadLetter, match="65,537 bytes, at most 65,536") as refused:
        decode(record(_with_text_of(DATA_BYTES_MAX + 1)))
    assert refused.value.extra["reason"] == "wrong_schema"
    blanks = MINIMAL.replace(b'"data": {', b'"data": {' + b" " * DATA_BYTES_MAX)
    assert decode(record(blanks)).id


def test_data_that_came_as_base64_is_refused_with_what_to_do() -> None:
    event = paid(data_base64="e30=")
    del event["data"]
    with pytest.raises(DeadLetter, match="data_base64 is not read"):
        decode(record(json.dumps(event).encode()))


@pytest.mark.parametrize("source", ["/payops/transactions", "/payops/hub", "/payops/", "/payops"])
def test_upstream_does_not_speak_in_our_name(source: str) -> None:
    with pytest.raises(DeadLetter, match=r"source: .* PayOps's own"):
        decode(record(json.dumps(paid(source=source)).encode()))


@pytest.mark.parametrize("text", ["ORD\u200b1", "\u202eORD", "ORD\n", ""])
def test_an_id_that_people_cannot_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(DeadLetter, match=r"^id: it is empty or holds a character that nobody sees"):
        decode(record(json.dumps(paid(id=text)).encode()))


def test_a_currency_of_the_past_is_for_payments_of_its_time() -> None:
    def in_kuna(created_at: str) -> bytes:
        data = {**paid()["data"], "currency": "HRK", "created_at": created_at}
        return json.dumps(paid(data=data)).encode()

    assert decode(record(in_kuna("2021-05-05T10:00:00Z"))).data.currency == "HRK"
    assert decode(record(in_kuna("2024-12-31T23:59:59Z"))).data.currency == "HRK"
    with pytest.raises(DeadLetter, match="HRK is a currency of the past"):
        decode(record(in_kuna("2025-01-01T00:00:00Z")))


def test_a_header_that_is_not_utf8_is_no_reason_to_refuse_unless_it_is_an_attribute() -> None:
    stray: Headers = (("tracking", b"\xff"),)
    assert decode(record(MINIMAL, stray)).id
    binary = next(e for e in UPSTREAM if e.headers)
    assert decode(record(binary.value, (*binary.headers, *stray))).id
    broken = tuple((n, b"\xff" if n == "ce_id" else v) for n, v in binary.headers)
    with pytest.raises(DeadLetter, match="ce_id is not UTF-8"):
        decode(record(binary.value, broken))


@given(
    value=st.none() | st.binary(max_size=300) | st.from_type(dict).map(lambda d: repr(d).encode()),
    names=st.lists(st.sampled_from(["ce_specversion", "ce_id", "content-type", "x"]), max_size=4),
    content=st.binary(max_size=20),
)
def test_nothing_but_a_dead_letter_ever_comes_out_of_garbage(
    value: bytes | None, names: list[str], content: bytes
) -> None:
    with pytest.raises(DeadLetter):
        decode(record(value, tuple((name, content) for name in names)))


@given(json_like=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
))  # fmt: skip
def test_any_json_in_the_place_of_the_data_is_a_dead_letter(json_like: Any) -> None:
    with pytest.raises(DeadLetter):
        decode(record(json.dumps(paid(data=json_like)).encode()))
