"""Exports on a real mongod: exactly the list, in the order of the list, as of one instant."""

import hashlib
import io
from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import openpyxl
import pyarrow.parquet
import pytest

from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.auth.principals import UserRole
from payops_kernel.exports import reading
from payops_kernel.exports.reading import SnapshotReader
from payops_kernel.mongo import Mongo
from payops_kernel.mongo.snapshots import Snapshot, SnapshotGone
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import built
from payops_testing.transactions.export_setting import (
    EXPORT,
    ROWS,
    csv_rows,
    listed,
    manifest_of,
    stored_rows,
)
from transactions import bootstrap


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"sort": "amount"},
        {"status": ["PAID", "FAILED"], "currency": "EUR", "sort": "-amount"},
        {"created_from": "2026-01-02T00:00:00Z", "amount_to": 50_000},
        {"q": "t-0001", "sort": "created_at"},
        {"status": "TOTALLY_REFUNDED"},
        {"refund_status": ["SUCCEEDED", "FAILED"]},
    ],
)
async def test_an_export_has_the_rows_of_the_list_in_its_order(
    client: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    seen = [row["transaction_id"] for row in await listed(client, **query)]
    exported = csv_rows(await client.get(EXPORT, params=query))
    assert [row["Transaction ID"] for row in exported] == seen


async def test_the_default_columns_are_worded_as_the_documents_word_them(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(EXPORT, params={"q": "t-00000"})
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["content-disposition"].startswith('attachment; filename="transactions-')
    assert list(csv_rows(answer)[0]) == [
        "Status", "Date (UTC)", "Transaction ID", "Amount", "Currency", "Total refunded amount",
        "Method", "Provider", "Channel", "User name", "User email",
    ]  # fmt: skip


async def test_columns_and_the_delimiter_are_chosen(client: httpx.AsyncClient) -> None:
    asked = {"columns": "transaction_id,remaining_minor", "delimiter": "semicolon", "q": "t-00000"}
    answer = await client.get(EXPORT, params=asked)
    assert list(csv_rows(answer, ";")[0]) == ["Transaction ID", "Remaining amount"]
    for nothing_known in ("secrets", ",", "transaction_id,", "transaction_id,,status"):
        refused = await client.get(EXPORT, params={"columns": nothing_known})
        told = refused.json()["errors"][0]["pointer"]
        assert (refused.status_code, told) == (422, "/query/columns"), nothing_known
    assert (await client.get(EXPORT, params={"statu": "PAID"})).status_code == 422


async def test_names_that_are_formulas_are_neutralised(client: httpx.AsyncClient) -> None:
    names = {row["User name"] for row in csv_rows(await client.get(EXPORT))}
    assert names == {"Ada Byron", '\'=HYPERLINK("x")', "García, José", ""}


async def test_the_manifest_tells_rows_sums_digest_and_instant(client: httpx.AsyncClient) -> None:
    query = {"status": "PAID", "sort": "-amount"}
    answer = await client.get(EXPORT, params=query)
    manifest = await manifest_of(client, answer.headers["export-id"])
    rows = csv_rows(answer)
    sums: Counter[str] = Counter()
    for row in rows:
        places = CURRENCY_DECIMALS[row["Currency"]]
        sums[row["Currency"]] += int(Decimal(row["Amount"]).scaleb(places))
    assert (manifest["state"], manifest["complete"], manifest["consistent"]) == (
        "COMPLETE", True, True,
    )  # fmt: skip
    assert manifest["rows"] == len(rows)
    assert manifest["bytes"] == len(answer.content)
    assert manifest["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert manifest["filters"] == {"status": ["PAID"]}
    assert (manifest["sort"], manifest["format"], manifest["delimiter"]) == (
        "-amount", "csv", "comma",
    )  # fmt: skip
    told = {s["currency"]: s["amount_minor"] for s in manifest["sums"] if s["label"] == "Amount"}
    assert told == dict(sums)
    assert manifest["positions"] == [{"position": "transactions/upstream.payments/0", "next": 7}]
    assert manifest["as_of"][0]["first_row"] == 1


async def test_an_empty_export_is_a_header_and_a_manifest(client: httpx.AsyncClient) -> None:
    answer = await client.get(EXPORT, params={"q": "nobody"})
    assert answer.content.count(b"\r\n") == 1
    manifest = await manifest_of(client, answer.headers["export-id"])
    assert (manifest["rows"], manifest["complete"], len(manifest["as_of"])) == (0, True, 1)


async def test_a_manifest_is_its_callers_and_the_admins(
    client: httpx.AsyncClient, client_of: ClientOf, service: Service[Runtime]
) -> None:
    export_id = (await client.get(EXPORT)).headers["export-id"]
    for role, status in ((UserRole.OPERATOR, 404), (UserRole.ADMIN, 200), (None, 401)):
        process = built(bootstrap, service.runtime.settings)
        async with client_of(process.http_app("test", "test"), role) as other:
            answer = await other.get(f"/v1/exports/{export_id}/manifest")
            assert answer.status_code == status


async def test_a_spreadsheet_has_numbers_and_dates(client: httpx.AsyncClient) -> None:
    answer = await client.get(EXPORT, params={"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["Transactions"]
    assert sheet.max_row == ROWS + 1
    seen = {row["transaction_id"]: row for row in await listed(client)}
    for date, key, amount, currency in sheet.iter_rows(min_row=2, min_col=2, max_col=5):
        row = seen[key.value]
        assert date.is_date
        assert date.value.isoformat() == row["created_at"][:19]
        exact = Decimal(row["amount_minor"]).scaleb(-CURRENCY_DECIMALS[currency.value])
        assert Decimal(str(amount.value)) == exact


async def test_parquet_has_codes_and_minor_units(client: httpx.AsyncClient) -> None:
    answer = await client.get(EXPORT, params={"format": "parquet", "sort": "amount"})
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    seen = await listed(client, sort="amount")
    for name in ("transaction_id", "status", "amount_minor", "currency"):
        assert [row[name] for row in table] == [row[name] for row in seen]


async def test_selected_rows_are_exported_in_the_lists_order(client: httpx.AsyncClient) -> None:
    ids = [row["transaction_id"] for row in await listed(client)][20:260]
    body = {"ids": [*reversed(ids), "unknown", "nobody"], "columns": ["transaction_id"]}
    answer = await client.post(EXPORT, json=body)
    assert [row["Transaction ID"] for row in csv_rows(answer)] == ids
    manifest = await manifest_of(client, answer.headers["export-id"])
    assert (manifest["selected"], manifest["rows"]) == (len(ids) + 2, len(ids))
    assert (await client.post(EXPORT, json={"ids": []})).status_code == 422


async def test_writes_that_go_on_meanwhile_are_not_in_it(
    client: httpx.AsyncClient, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = mongo.db["transactions"]
    following = SnapshotReader.next

    async def writing_between(reader: SnapshotReader) -> Any:
        found = await following(reader)
        if reader.segments and reader.segments[-1].first_row == 1:
            await rows.update_many({}, {"$set": {"status": "FAILED"}})
            await rows.delete_many({"_id": {"$regex": "5$"}})
            await rows.insert_many(stored_rows(1, first=ROWS + len(found)), ordered=False)
        return found

    before = Counter(row["status_label"] for row in await listed(client))
    monkeypatch.setattr(SnapshotReader, "next", writing_between)
    exported = csv_rows(await client.get(EXPORT))
    assert Counter(row["Status"] for row in exported) == before


async def test_an_export_that_outlives_the_past_goes_on_and_says_so(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds = 0
    find = Snapshot.find

    async def forgetting(snapshot: Snapshot, collection: str, *args: Any, **options: Any) -> Any:
        nonlocal finds
        finds += collection == "transactions"
        if finds == 2:
            finds += 1
            raise SnapshotGone("Too long ago.")
        return await find(snapshot, collection, *args, **options)

    monkeypatch.setattr(Snapshot, "find", forgetting)
    answer = await client.get(EXPORT)
    ids = [row["Transaction ID"] for row in csv_rows(answer)]
    assert len(ids) == len(set(ids)) == ROWS
    manifest = await manifest_of(client, answer.headers["export-id"])
    assert (manifest["complete"], manifest["consistent"]) == (True, False)
    firsts = [part["first_row"] for part in manifest["as_of"]]
    assert firsts == [1, reading.FIRST_BATCH_ROWS + 1]
