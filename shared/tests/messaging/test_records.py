"""From raw records to events: whatever lies in a log ends as an event or as a dead letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.envelope import STRUCTURED_HEADERS
from payops_contracts.payments import PaymentPaidV1, UpstreamPaymentEvent
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.records import Record, event_decoder
from payops_kernel.ports import Headers
from payops_kernel.testing import GoldenExample, golden_examples

decode = event_decoder(UpstreamPaymentEvent)
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
