"""From raw Kafka records to events, without an exception that FastStream could see."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

import orjson
from aiokafka import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from payops_contracts.envelope import (
    BINARY_PREFIX,
    STRUCTURED_HEADERS,
    binary_attributes,
    is_binary,
)
from payops_contracts.fields import said_plainly
from payops_contracts.registry import refuse_large_data
from payops_contracts.topics import Topic
from payops_kernel.errors import DeadLetter
from payops_kernel.ports import Headers

E = TypeVar("E")

PROBLEM_LENGTH_MAX = 500


class Record(NamedTuple):
    """One Kafka record as it lay in the log: bytes, untouched."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Kafka's timestamp, milliseconds since 1970."""
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def crc(self) -> int:
        """crc32 of the value; 0 for a null value."""
        return crc32(self.value or b"")

    @property
    def size(self) -> int:
        """Bytes of key and value."""
        return len(self.key or b"") + len(self.value or b"")

    @classmethod
    def of(cls, raw: ConsumerRecord[bytes | None, bytes | None]) -> "Record":
        """The record that aiokafka hands out."""
        return cls(
            raw.topic,
            raw.partition,
            raw.offset,
            raw.timestamp,
            raw.key,
            raw.value,
            tuple(raw.headers),
        )


def event_decoder(events: Any, topic: Topic | None = None) -> Callable[[Record], Any]:
    """A decoder for one topic: record → event model of the union ``events``.

    Takes CloudEvents in structured mode (the value is the whole event) and in binary mode
    (``ce_*`` headers, the value is the data). Raises :class:`DeadLetter` with a sentence, also for
    data over the limit of ``topic``.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(events)
    limit = None if topic is None else topic.data_bytes_max

    def decode(record: Record) -> Any:
        if record.value is None:
            raise DeadLetter("the record has no value", reason="unparsable")
        body = record.value
        if record.headers and record.headers != STRUCTURED_HEADERS:
            body = _structured(record, body)
        try:
            event = adapter.validate_json(body)
            if limit is not None and topic is not None and len(body) > limit:
                refuse_large_data(topic, body)
        except ValidationError as error:
            raise _dead_letter(error, body) from None
        except ValueError as error:
            raise DeadLetter(str(error), reason="wrong_schema") from None
        return event

    return decode


def _structured(record: Record, body: bytes) -> bytes:
    headers = {
        # Names in any case, as other readers take them: Kafka's headers came later than HTTP's.
        name.lower(): (value or b"").decode("utf-8", errors="replace")
        for name, value in record.headers
    }
    if not is_binary(headers):
        return body
    _refuse_broken_attributes(record)
    try:
        data = orjson.Fragment(body)
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DeadLetter(f"the value is not JSON: {error}", reason="unparsable") from None
    return orjson.dumps({**binary_attributes(headers), "data": data})


def _refuse_broken_attributes(record: Record) -> None:
    # Replaced characters would make two different ids the same.
    for name, value in record.headers:
        if name.lower().startswith(BINARY_PREFIX):
            try:
                (value or b"").decode()
            except UnicodeDecodeError:
                raise DeadLetter(f"header {name} is not UTF-8", reason="unparsable") from None


def _dead_letter(error: ValidationError, body: bytes) -> DeadLetter:
    first = error.errors(include_url=False, include_input=False, include_context=True)[0]
    kind = first["type"]
    if kind in {"json_invalid", "json_type"}:
        reason = "unparsable"
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        reason = "unknown_type"
    else:
        reason = "wrong_schema"
    where = "type" if reason == "unknown_type" else ".".join(map(str, first["loc"][1:]))
    said = said_plainly(first)
    sentence = f"{where}: {said}" if where else said
    if (kind, where) == ("missing", "data") and b'"data_base64"' in body:
        sentence = "data: data_base64 is not read; the data is JSON and stands in data"
    return DeadLetter(sentence[:PROBLEM_LENGTH_MAX], reason=reason)
