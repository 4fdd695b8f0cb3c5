"""One zone: a day of the KPIs is a day of lists, files, bulk actions and mails."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import openpyxl
import pyarrow.parquet
import pytest
import pytest_asyncio

from payops_kernel.testing.callers import ClientOf
from payops_kernel.zones import Zone
from payops_testing.transactions.builders import a_description, a_fact, folded
from payops_testing.transactions.export_setting import csv_rows, manifest_of
from payops_testing.transactions.list_setting import LIST, STORE, ids_listed, viewer_of
from transactions.domain.facts import FactKind
from transactions.use_cases.notify_customer import mail_values

EXPORT = f"{LIST}/export"
# Midnight in Cairo is 22:00 UTC in winter. In the night to 24 April 2026 it is left out.
DATES = {
    "old-year": "2025-12-31T21:59:59.999+00:00",
    "new-year": "2025-12-31T22:00:00+00:00",
    "last-of-day": "2026-01-01T21:59:59.999+00:00",
    "next-day": "2026-01-01T22:00:00+00:00",
    "before-the-gap": "2026-04-23T21:59:59.999+00:00",
    "behind-the-gap": "2026-04-23T22:00:00+00:00",
    "end-of-short-day": "2026-04-24T20:59:59.999+00:00",
    "after-short-day": "2026-04-24T21:00:00+00:00",
}


def paid_at(key: str, instant: datetime) -> Any:
    description = a_description(created_at=instant)
    return folded(a_fact(FactKind.PAID, transaction_id=key, event_id=key, description=description))


@pytest_asyncio.fixture
async def viewer(
    mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("PAYOPS_ZONE", "Africa/Cairo")
    documents = [
        STORE.to_document(paid_at(key, datetime.fromisoformat(text).astimezone(UTC)))
        for key, text in DATES.items()
    ]
    async with viewer_of(mongo_uri, client_of, documents) as client:
        yield client


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-01-01", "2026-01-01", ["new-year", "last-of-day"]),
        ("2026-04-24", "2026-04-24", ["behind-the-gap", "end-of-short-day"]),
        ("2025-01-01", "2025-12-31", ["old-year"]),
        ("2026-01-01", "2026-01-02", ["new-year", "last-of-day", "next-day"]),
        ("2026-01-01", "2026-01-01T00:00:00Z", ["new-year"]),
    ],
)
async def test_a_list_and_its_export_by_day_have_the_days_of_the_zone(
    viewer: httpx.AsyncClient, first: str, last: str, expected: list[str]
) -> None:
    asked = {"created_from": first, "created_to": last, "sort": "created_at"}
    assert await ids_listed(viewer, **asked) == expected
    answer = await viewer.get(EXPORT, params=asked)
    assert [row["Transaction ID"] for row in csv_rows(answer)] == expected
    manifest = await manifest_of(viewer, answer.headers["export-id"])
    assert manifest["zone"] == "Africa/Cairo"
    assert manifest["filters"] == {"created_from": first, "created_to": last}
    assert [(c["name"], c["label"]) for c in manifest["columns"][1:3]] == [
        ("created_at_local", "Date (Africa/Cairo)"),
        ("created_at", "Date (UTC)"),
    ]


async def test_every_file_has_the_day_of_the_zone_and_utc_beside(
    viewer: httpx.AsyncClient,
) -> None:
    body = {"ids": ["new-year"], "columns": ["created_at"]}
    (row,) = csv_rows(await viewer.post(EXPORT, json=body))
    assert row == {
        "Date (Africa/Cairo)": "2026-01-01T00:00:00.000+02:00",
        "Date (UTC)": "2025-12-31T22:00:00.000Z",
    }
    sheet = openpyxl.load_workbook(
        io.BytesIO((await viewer.post(EXPORT, json=body | {"format": "xlsx"})).content)
    ).active
    heads, dates = sheet.iter_rows(values_only=True)
    assert heads == tuple(row)
    assert [str(date) for date in dates] == ["2026-01-01 00:00:00", "2025-12-31 22:00:00"]
    table = pyarrow.parquet.read_table(
        io.BytesIO((await viewer.post(EXPORT, json=body | {"format": "parquet"})).content)
    )
    (found,) = table.to_pylist()
    assert str(found["created_at_local"]) == "2026-01-01 00:00:00"
    assert found["created_at"] == datetime(2025, 12, 31, 22, tzinfo=UTC)


async def test_a_day_from_behind_its_end_or_outside_the_calendar_is_refused(
    viewer: httpx.AsyncClient,
) -> None:
    for asked in (
        {"created_from": "2026-01-02", "created_to": "2026-01-01"},
        {"created_from": "1969-12-30"},
        {"created_to": "2026-02-30"},
    ):
        assert (await viewer.get(LIST, params=asked)).status_code == 422, asked


def test_a_mail_names_the_day_that_the_invoice_names() -> None:
    payment = paid_at("t-1", datetime(2025, 12, 31, 22, 30, tzinfo=UTC))
    assert mail_values(payment, Zone("Africa/Cairo"))["date"] == "2026-01-01"
    assert mail_values(payment, Zone("UTC"))["date"] == "2025-12-31"
