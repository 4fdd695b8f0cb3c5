"""The outbox: one document a transaction, more only past 4 MB; order and bytes are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.dead_letters import CUT
from payops_contracts.topics import dead_letter_name
from payops_kernel.messaging.outbox import DOCUMENT_BYTES_MAX, MessageTooLarge, Outbox
from payops_kernel.mongo import Mongo
from payops_kernel.mongo.transactions import run_once
from payops_kernel.ports import Headers, OutgoingMessage

TOPIC = "some.topic"
DEAD_LETTERS = dead_letter_name(TOPIC, "some-group")
BYTES_MAX = 1024 * 1024


def message(number: int, size: int = 10, headers: Headers | None = None) -> OutgoingMessage:
    return OutgoingMessage(TOPIC, b"%d" % number, b"v" * size, headers)


async def _written(mongo: Mongo, messages: list[OutgoingMessage]) -> list[dict[str, object]]:
    outbox = Outbox(mongo.db, {TOPIC: BYTES_MAX, DEAD_LETTERS: BYTES_MAX})
    await run_once(mongo, lambda session: outbox.write(messages, session))
    return await mongo.db["outbox"].find(sort=[("order", 1)]).to_list(length=100)


async def test_a_transaction_leaves_one_document_with_its_messages_in_order(
    own_mongo: Mongo,
) -> None:
    messages = [message(n, headers=(("h", b"\xff"), ("none", b""))) for n in range(50)]
    (document,) = await _written(own_mongo, messages)
    stored = document["messages"]
    assert isinstance(stored, list)
    assert [bytes(m["key"]) for m in stored] == [m.key for m in messages]
    assert [(n, bytes(v)) for n, v in stored[0]["headers"]] == list(messages[0].headers or ())


async def test_a_transaction_with_nothing_to_say_leaves_no_document(own_mongo: Mongo) -> None:
    assert await _written(own_mongo, []) == []


async def test_more_than_one_document_holds_is_split_and_stays_in_order(own_mongo: Mongo) -> None:
    messages = [message(n, size=900_000) for n in range(10)]
    documents = await _written(own_mongo, messages)
    assert len(documents) == 3
    keys = [bytes(m["key"]) for d in documents for m in d["messages"]]  # type: ignore[attr-defined]
    assert keys == [m.key for m in messages]
    for document in documents:
        values = [m["value"] for m in document["messages"]]  # type: ignore[attr-defined]
        assert sum(map(len, values)) <= DOCUMENT_BYTES_MAX


async def test_a_null_value_and_a_null_key_stay_null(own_mongo: Mongo) -> None:
    (document,) = await _written(own_mongo, [OutgoingMessage(TOPIC, None, None)])
    assert document["messages"] == [{"topic": TOPIC, "key": None, "value": None}]


async def test_what_kafka_would_refuse_is_refused_before_the_commit(own_mongo: Mongo) -> None:
    room = BYTES_MAX - message(1, size=0).size
    with pytest.raises(MessageTooLarge, match=r"some\.topic"):
        await _written(own_mongo, [message(0), message(1, size=room + 1)])
    assert await _written(own_mongo, []) == []
    (document,) = await _written(own_mongo, [message(1, size=room)])
    assert [m["value"] for m in document["messages"]] == [b"v" * room]  # type: ignore[attr-defined]


async def test_a_dead_letter_that_kafka_would_refuse_is_cut_and_holds_nobody_up(
    own_mongo: Mongo,
) -> None:
    room = BYTES_MAX - message(1, size=0).size
    letters = [message(1, size=size)._replace(topic=DEAD_LETTERS) for size in (room, room + 1)]
    (document,) = await _written(own_mongo, letters)
    plain = {"topic": DEAD_LETTERS, "key": b"1"}
    cut = [CUT, b"%d" % (room + 1)]
    assert document["messages"] == [
        {**plain, "value": letters[0].value},
        {**plain, "value": None, "headers": [cut]},
    ]


@given(
    headers=st.lists(
        st.tuples(st.text(max_size=80), st.none() | st.binary(max_size=80)), max_size=30
    ),
    key=st.none() | st.binary(max_size=200),
    value=st.none() | st.binary(max_size=200),
)
def test_the_size_is_never_below_what_kafka_needs(
    headers: list[tuple[str, bytes | None]], key: bytes | None, value: bytes | None
) -> None:
    told = OutgoingMessage(TOPIC, key, value, tuple(headers))  # type: ignore[arg-type]
    needed = len(key or b"") + len(value or b"")
    for name, content in headers:
        for part in (name.encode(), content or b""):
            needed += _varint_bytes(len(part)) + len(part)
    assert told.size >= needed + 20


def _varint_bytes(number: int) -> int:
    zigzag, size = number << 1, 1
    while zigzag > 0x7F:
        zigzag, size = zigzag >> 7, size + 1
    return size
