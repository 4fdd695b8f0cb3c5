"""Records that can never be taken: dead letters byte for byte, and nobody waits for them."""

from collections.abc import Mapping
from typing import Any

import bson
import pytest
from aiokafka.errors import MessageSizeTooLargeError

from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import batch_with_broken_header_name, send, send_batch
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.upstream import Event, Outgoing, binary, payments, records, structured
from payops_testing.parcels.carrier import carried

pytestmark = [pytest.mark.faults, pytest.mark.servers, pytest.mark.timeout(1_800)]

HELD_UP_SECONDS = 15.0
"""Good records around a poison are applied within this."""
NEST = 20_000
TOPIC_BYTES_MAX = 1024 * 1024
BATCH_OVERHEAD = 73
"""What Kafka's format adds to one large record with a key of one byte and no headers."""
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024


def _changed(event: Event, **changes: Any) -> Outgoing:
    return structured({**event, **changes})


def _data(event: Event, **changes: Any) -> Outgoing:
    return structured({**event, "data": {**event["data"], **changes}})


def _without(event: Event, name: str) -> Outgoing:
    data = {key: value for key, value in event["data"].items() if key != name}
    return structured({**event, "data": data})


def _text(event: Event, old: str, new: str) -> Outgoing:
    record = structured(event)
    return Outgoing((record.value or b"").decode().replace(old, new).encode(), record.key)


def _amount(event: Event, text: str) -> Outgoing:
    return _text(
        event, f'"amount_minor": {event["data"]["amount_minor"]}', f'"amount_minor": {text}'
    )


def _binary_header(event: Event, name: str, value: bytes) -> Outgoing:
    record = binary(event)
    headers = tuple((n, value if n == name else v) for n, v in record.headers)
    return Outgoing(record.value, record.key, headers)


def no_events(event: Event) -> dict[str, Outgoing]:
    """Every kind of record that is no event of any service; each is made of a good one."""
    good = structured(event)
    value = good.value or b""
    return {
        "truncated JSON": Outgoing(value[:-20], good.key),
        "empty value": Outgoing(b"", good.key),
        "null value": Outgoing(None, good.key),
        "null key and value": Outgoing(None, None),
        "not UTF-8": Outgoing(value.replace(b"https", b"htt\xff"), good.key),
        "not an object": Outgoing(b"[1, 2, 3]", good.key),
        "unknown type": _changed(event, type=event["type"].replace(".v1", "-exploded.v1")),
        "unknown version": _changed(event, type=event["type"].replace(".v1", ".v9")),
        "missing id": Outgoing(value.replace(b'"id"', b'"no_id"'), good.key),
        "impossible date": _changed(event, time="2026-02-30T10:00:00Z"),
        "no offset": _changed(event, time="2026-02-20T10:00:00"),
        "deep nesting": Outgoing(b"[" * NEST + b"]" * NEST, good.key),
        "a lone surrogate as id": _text(event, event["id"], "\\ud800"),
        "a header attribute that is not UTF-8": _binary_header(event, "ce_id", b"\xff\xfe\xfd"),
        "binary mode without data": Outgoing(b"", good.key, binary(event).headers),
        "binary mode, data not JSON": Outgoing(b"{", good.key, binary(event).headers),
        "sixty thousand headers": Outgoing(b"{", good.key, (("h", b"v"),) * 60_000),
        "junk of the largest size": Outgoing(b"x" * (TOPIC_BYTES_MAX - BATCH_OVERHEAD), b"k"),
    }


def no_payments(event: Event) -> dict[str, Outgoing]:
    """The same, and all that a payment's contract refuses."""
    return {
        **no_events(event),
        "missing field": _without(event, "currency"),
        "amount as text": _amount(event, '"12"'),
        "amount with decimals": _amount(event, "12.5"),
        "amount below zero": _amount(event, "-1"),
        "amount NaN": _amount(event, "NaN"),
        "amount Infinity": _amount(event, "Infinity"),
        "amount 1e400": _amount(event, "1e400"),
        "amount of a thousand digits": _amount(event, "9" * 1000),
        "unknown currency": _data(event, currency="XYZ"),
        "another subject": _changed(event, subject="somebody-else"),
        "deep nesting in a field": _text(event, '"web"', '{"a":' * NEST + "1" + "}" * NEST),
    }


async def test_what_is_no_payment_contradicts_or_is_too_large_holds_nobody_up(
    arena: Arena,
) -> None:
    events = payments(120)
    spoilt = no_payments(payments(1, seed=99, prefix="BAD")[0])
    process = await arena.start()
    await _publish_between(arena, records(events), spoilt)
    await arena.drained(HELD_UP_SECONDS)
    findings = await arena.verdict()
    dead = 5 * len(spoilt)
    assert (findings.payments, findings.history_rows) == (120, len(events))
    assert findings.dead_letters == dead

    taken = await _around_a_contradiction(arena)
    await arena.drained(HELD_UP_SECONDS)
    findings = await arena.verdict()
    assert (findings.history_rows, findings.dead_letters) == (len(events) + taken, dead + 1)
    dead += 1
    for number, part in enumerate(["history.0.detail", "link"]):
        dead += await _around_a_document_grown_too_large(arena, part, seed=20 + number)
    assert (await arena.verdict()).dead_letters == dead
    await _is_ready(process, dead)


async def test_what_is_odd_is_taken_and_what_is_no_event_is_a_dead_letter_byte_for_byte(
    smallest: Arena,
) -> None:
    arena, events = smallest, carried(120)
    spoilt = no_events(carried(1, seed=99, prefix="BAD")[0])
    process = await arena.start()
    await _publish_between(arena, records(events), spoilt)
    taken = len(events)
    taken += await _odd_but_good(arena)
    taken += await _by_every_codec(arena)
    taken += await _around_a_record_larger_than_a_dead_letter(arena)
    taken += await _around_records_at_the_edge_of_what_their_topic_takes(arena)
    await arena.drained(HELD_UP_SECONDS)
    findings = await arena.verdict()
    dead = 5 * len(spoilt) + 3
    assert (findings.history_rows, findings.dead_letters) == (taken, dead)
    await _headers_whose_names_are_not_utf8(arena)
    await _is_ready(process, dead + 1)


async def _publish_between(
    arena: Arena, good: list[Outgoing], spoilt: Mapping[str, Outgoing]
) -> None:
    """Each kind in each partition, and between good records."""
    mixed = [record for pair in zip(good, spoilt.values(), strict=False) for record in pair]
    everywhere = [record.at(number) for number in range(4) for record in spoilt.values()]
    await arena.publish(everywhere + mixed + good[len(spoilt) :])


async def _is_ready(process: ServiceProcess, dead: int) -> None:
    health = await process.ready()
    assert health["dead_letters_total"] == dead


async def _odd_but_good(arena: Arena) -> int:
    events = carried(8, seed=5)
    odd = [
        structured({**events[0], "unknown_extension": {"a": [1, 2, {"b": None}]}}),
        _data(events[1], unknown_field="x" * 1000),
        Outgoing(structured(events[2]).value, None),
        Outgoing(structured(events[3]).value, b"key", (("tracking", b"\xff\xfe"), ("empty", None))),
        Outgoing(b"\n  " + (structured(events[4]).value or b"") + b"\n", b"key"),
        structured({**events[5], "unknown_extension": "y" * (TOPIC_BYTES_MAX - 1200)}),
    ]
    await arena.publish([*odd, *records(events[6:])])
    return len(events)


async def _by_every_codec(arena: Arena) -> int:
    events = carried(40, seed=11)
    for number, codec in enumerate(["gzip", "snappy", "lz4", "zstd"]):
        await send(arena.kafka.address, arena.entrance, records(events)[number::4], codec)
    return len(events)


async def _around_a_contradiction(arena: Arena) -> int:
    events = payments(20, seed=6)
    data = events[0]["data"]
    other = {**data, "amount_minor": data["amount_minor"] + 1}
    await arena.publish(records(events))
    await arena.drained(HELD_UP_SECONDS)
    await arena.publish([structured({**events[0], "id": "evt-other-amount", "data": other})])
    return len(events)


async def _around_a_record_larger_than_a_dead_letter(arena: Arena) -> int:
    events = carried(40, seed=9)
    bomb = Outgoing(b"\x00" * (3 * TOPIC_BYTES_MAX), b"bomb", partition=0)
    await send(arena.kafka.address, arena.entrance, [bomb], compression="lz4")
    await arena.publish(records(events))
    return len(events)


async def _around_records_at_the_edge_of_what_their_topic_takes(arena: Arena) -> int:
    events = carried(40, seed=12)
    largest = Outgoing(b"x" * (TOPIC_BYTES_MAX - BATCH_OVERHEAD), b"k", partition=0)
    longer = Outgoing(b"x" * (TOPIC_BYTES_MAX - BATCH_OVERHEAD + 1), b"k", partition=0)
    with pytest.raises(MessageSizeTooLargeError):
        await send(arena.kafka.address, arena.entrance, [longer])
    await send(arena.kafka.address, arena.entrance, [largest])
    # Compressed it is taken, and its dead letter is as large as it was before.
    await send(arena.kafka.address, arena.entrance, [longer], compression="lz4")
    await arena.publish(records(events))
    return len(events)


async def _around_a_document_grown_too_large(arena: Arena, part: str, seed: int) -> int:
    events = payments(60, seed=seed)
    subject = events[0]["subject"]
    own = [event for event in events if event["subject"] == subject]
    others = [event for event in events if event["subject"] != subject]
    assert len(own) > 1
    await arena.publish(records(own[:1]))
    await arena.drained(HELD_UP_SECONDS)
    document = arena.stored()[subject]
    room = DOCUMENT_BYTES_MAX - len(bson.encode(document)) - 100
    arena.database["transactions"].update_one({"_id": subject}, {"$set": {part: "x" * room}})
    await arena.publish(records([*others[:20], *own[1:], *others[20:]]))
    await arena.drained(HELD_UP_SECONDS)
    return len(own) - 1


async def _headers_whose_names_are_not_utf8(arena: Arena) -> None:
    # Last, for the checker's own client cannot read these.
    events = carried(30, seed=10)
    outgoing = [structured(event) for event in events]
    batch = batch_with_broken_header_name(outgoing, broken=7)
    junk = batch_with_broken_header_name([Outgoing(b"{", b"junk")], broken=0)
    await send_batch(arena.kafka.address, arena.entrance, 1, batch)
    await send_batch(arena.kafka.address, arena.entrance, 1, junk)
    await arena.drained(HELD_UP_SECONDS)
    stored = arena.stored()
    versions = {event["subject"]: stored[event["subject"]]["version"] for event in events}
    assert len(versions) == 30
    assert sum(versions.values()) == len(events)
