"""Who exported what is on record, however the export ends."""

from collections.abc import Sequence
from hashlib import sha256

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import Unavailable
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Mongo
from payops_kernel.ports import OutgoingMessage, Session
from payops_testing.transactions.export_setting import EXPORT, audited, csv_rows


def failing_from(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its n-th write on the outbox takes nothing."""
    writes, write = 0, Outbox.write

    async def failing(
        outbox: Outbox, messages: Sequence[OutgoingMessage], session: Session
    ) -> None:
        nonlocal writes
        writes += 1
        if writes >= number:
            raise Unavailable("the database does not answer in time; try again")
        await write(outbox, messages, session)

    monkeypatch.setattr(Outbox, "write", failing)


async def test_a_streamed_export_is_on_record_before_its_first_byte_and_at_its_end(
    client: httpx.AsyncClient, mongo: Mongo
) -> None:
    asked = {"status": "PAID", "sort": "-amount", "columns": "transaction_id,amount_minor"}
    answer = await client.get(EXPORT, params=asked)
    begun, ended = await audited(mongo)
    for told in (begun, ended):
        assert told.actor.id == f"local:{UserRole.VIEWER}"
        assert (told.target_type, told.target_id) == ("export", answer.headers["export-id"])
        assert told.trace_id
    assert (begun.action, ended.action) == ("export.start", "export.end")
    assert begun.after == {
        "resource": "transactions", "format": "csv", "columns": ["transaction_id", "amount_minor"],
        "filters": {"status": ["PAID"]}, "sort": "-amount", "selected": None,
    }  # fmt: skip
    assert ended.after == begun.after | {
        "rows": len(csv_rows(answer)),
        "bytes": len(answer.content),
        "sha256": sha256(answer.content).hexdigest(),
        "complete": True,
        "broken_off": None,
    }


async def test_selected_rows_are_named_and_many_of_them_by_a_digest(
    client: httpx.AsyncClient, mongo: Mongo
) -> None:
    ids = [f"t-{number:05d}" for number in range(150)]
    answer = await client.post(EXPORT, json={"ids": [*reversed(ids), ids[0]]})
    assert len(csv_rows(answer)) == 150
    for told in await audited(mongo):
        assert told.after is not None
        assert (told.after["selected"], told.after["ids"]) == (150, ids[:100])
        assert told.after["ids_sha256"] == sha256("\n".join(ids).encode()).hexdigest()


async def test_what_cannot_be_put_on_record_is_not_sent(
    client: httpx.AsyncClient, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        failing_from(1, patched)
        for _ in range(6):  # more than run at once: each gives its place back
            assert (await client.get(EXPORT)).status_code == 503
    assert await mongo.db["exports"].count_documents({}) == 0
    assert (await client.get(EXPORT)).status_code == 200


async def test_an_answer_whose_end_cannot_be_put_on_record_does_not_end_as_whole(
    client: httpx.AsyncClient, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_from(2, monkeypatch)
    with pytest.raises(RuntimeError, match="response already started"):
        await client.get(EXPORT)
    (begun,) = await audited(mongo)
    assert begun.action == "export.start"
    manifest = await mongo.db["exports"].find_one({"_id": begun.target_id})
    assert manifest is not None
    assert manifest["state"] == "RUNNING"
