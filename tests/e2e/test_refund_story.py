"""The story of money that goes back: refunds alone and in bulk, mails, files, and true KPIs."""

from __future__ import annotations

import csv
import email
import email.policy
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest

from payops_testing.e2e import purchases
from payops_testing.e2e.whole_platform import ANSWER_LIMIT_S, UP_LIMIT_S, WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1_800)]

DEMO = {
    "PAYOPS_SIMULATOR_HISTORY_DAYS": "0",
    "PAYOPS_SIMULATOR_RATE": "4",
    "PAYOPS_SIMULATOR_REFUND_FAILED": "0.15",
    "PAYOPS_SIMULATOR_REFUND_PENDING": "0.3",
    "PAYOPS_SIMULATOR_REFUND_LATE": "0.1",
    "PAYOPS_SIMULATOR_REFUND_LATE_S": "3",
    "PAYOPS_SIMULATOR_REFUND_SILENT": "0",
    "PAYOPS_SIMULATOR_REFUND_TWICE": "0.3",
    "PAYOPS_SIMULATOR_REFUND_RETURNED": "0",
    "PAYOPS_SIMULATOR_EXTERNAL_REFUND": "0",
    "PAYOPS_SIMULATOR_DISPUTE": "0",
}
"""A provider that is as fickle as the demo's, little traffic, and nobody else who refunds."""
TRIES = 10
"""Of a refund that the provider may decline."""
BULK, YEAR, NUMBERS = "bulk-", 2016, range(1, 61)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholePlatform]:
    """A platform with its simulator."""
    whole = WholePlatform(tmp_path_factory.mktemp("refunds") / "data")
    whole.env |= DEMO
    try:
        whole.call("up", "--detach", "--data", str(whole.data), limit_s=UP_LIMIT_S)
        yield whole
        whole.call("down")
        assert whole.pids() == {}
    finally:
        whole.kill_everything()


@pytest.fixture(scope="module")
def operator(demo: WholePlatform) -> Iterator[httpx.Client]:
    """Somebody who may refund."""
    token = demo.call("token", "operator").strip()
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=demo.gateway, headers=headers, timeout=ANSWER_LIMIT_S) as client:
        yield client


@pytest.fixture(scope="module")
def bulk(demo: WholePlatform) -> list[dict[str, Any]]:
    """Sixty imported payments, all paid: number n costs n cents."""
    file = demo.data.parent / "bulk.csv"
    file.write_text(purchases.HEADER + "".join(purchases.rows(BULK, YEAR, NUMBERS)))
    demo.call("import", "payments", str(file), "--mapping", "cdnow")
    return eventually(
        lambda: found if len(found := demo.paid(BULK)) == len(NUMBERS) else [],
        why="the import is stored",
    )


def change(client: httpx.Client, path: str, body: dict[str, Any], key: str = "") -> httpx.Response:
    """What a POST answers when it goes well."""
    answer = client.post(path, json=body, headers={"Idempotency-Key": key or str(uuid4())})
    assert answer.is_success, answer.text
    return answer


def detail(client: httpx.Client, transaction_id: str) -> dict[str, Any]:
    """A transaction as its page shows it."""
    answer = client.get(f"/v1/transactions/{transaction_id}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def paid_and_mailable(client: httpx.Client) -> dict[str, Any] | None:
    """The detail of a payment of the simulated hub that can be refunded, once there is one."""
    listed = client.get("/v1/transactions", params={"status": "PAID", "q": "SIM-"}).json()
    for row in listed["items"]:
        if row["actions"]["refund"]["allowed"] and row["amount_minor"] > 1:
            found = detail(client, row["transaction_id"])
            if "email" in found["user"]["notification_channels"]:
                return found
    return None


def refunded(client: httpx.Client, transaction_id: str, **order: Any) -> dict[str, Any]:
    """The transaction after a refund that the provider granted, at whichever try."""
    for _ in range(TRIES):
        path = f"/v1/transactions/{transaction_id}/refunds"
        asked = change(client, path, {"reason": "returned goods", **order})
        refund_id = asked.json()["refund_id"]

        def settled(wanted: str = refund_id) -> dict[str, Any] | None:
            rows = detail(client, transaction_id)["refunds"]
            (row,) = (each for each in rows if each["refund_id"] == wanted)
            return row if row["settled_at"] else None

        end = eventually(settled, why="the provider answers")
        assert end is not None
        if end["status"] == "SUCCEEDED":
            return detail(client, transaction_id)
        assert end["status"] == "FAILED"
        assert end["failure"]["code"]
    raise AssertionError(f"{TRIES} refunds in a row were declined")


def mails(demo: WholePlatform, transaction_id: str) -> list[EmailMessage]:
    """Every mail in the sink that is about a transaction, the oldest first."""
    folder: Path = demo.data / "mail"
    read = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(folder.glob("*.eml"))
    ]
    return [mail for mail in read if transaction_id in mail.get_content()]


def by_status(demo: WholePlatform) -> dict[str, dict[str, int]]:
    """Status → count and amount of the payments of the year that only the bulk has."""
    window = {"from": f"{YEAR}-01-01", "to": f"{YEAR}-12-31", "currency": "USD"}
    (currency,) = demo.get("/v1/kpis/payments-by-status", **window)["currencies"]
    return {
        row["status"]: {"count": row["count"], "amount_minor": row["amount_minor"]}
        for row in currency["statuses"]
        if row["count"]
    }


def test_half_of_a_payment_goes_back_and_then_the_rest(
    demo: WholePlatform, operator: httpx.Client
) -> None:
    found = eventually(lambda: paid_and_mailable(operator), why="a payment is paid")
    assert found is not None
    transaction_id = found["overview"]["transaction_id"]
    amount = found["payment"]["amount_minor"]

    partly = refunded(operator, transaction_id, amount_minor=amount // 2)
    assert partly["overview"]["status_label"] == "Partially Refunded"
    assert partly["payment"]["remaining_minor"] == amount - amount // 2

    wholly = refunded(operator, transaction_id)
    assert wholly["overview"]["status_label"] == "Totally Refunded"
    assert wholly["payment"]["total_refunded_minor"] == amount
    assert not wholly["actions"]["refund"]["allowed"]
    given_back = [row["refunded_minor"] for row in wholly["history"] if row["refunded_minor"]]
    assert sorted(given_back) == sorted([amount // 2, amount - amount // 2])

    refused = operator.post(
        f"/v1/transactions/{transaction_id}/refunds",
        json={"reason": "once more", "amount_minor": 1},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert refused.is_client_error
    assert refused.json()["code"] == "transaction_not_refundable"


def test_a_customer_is_mailed_by_hand(demo: WholePlatform, operator: httpx.Client) -> None:
    found = eventually(lambda: paid_and_mailable(operator), why="a payment is paid")
    assert found is not None
    transaction_id = found["overview"]["transaction_id"]

    def sent() -> int:
        rows = detail(operator, transaction_id)["history"]
        return sum(row["event"] == "notification_sent" for row in rows)

    eventually(lambda: sent() == 1, why="the mail of itself, about the payment")
    path = f"/v1/transactions/{transaction_id}/notifications"
    said = change(operator, path, {"reason": "asked for by phone"}).json()
    eventually(lambda: sent() == 2, why="the mail by hand")
    by_itself, by_hand = mails(demo, transaction_id)
    assert by_hand["To"] == said["to"] == found["user"]["email"]
    assert by_hand["Subject"] == by_itself["Subject"]
    assert by_hand["Message-ID"] != by_itself["Message-ID"]
    assert found["payment"]["amount"] in by_hand.get_content()


def test_a_filter_is_refunded_in_bulk_as_it_was_previewed(
    demo: WholePlatform, operator: httpx.Client, bulk: list[dict[str, Any]]
) -> None:
    total = purchases.sum_minor(NUMBERS)
    preview = change(
        operator, "/v1/transactions/bulk-refunds/previews", {"filter": {"q": BULK}}
    ).json()
    assert (preview["chosen"], preview["count"], preview["refused"]) == (len(bulk), len(bulk), [])
    assert [(row["currency"], row["amount_minor"]) for row in preview["sums"]] == [("USD", total)]

    key, order = str(uuid4()), {"preview_id": preview["preview_id"], "reason": "recall"}
    accepted = change(operator, "/v1/transactions/bulk-refunds", order, key)
    job_path = accepted.headers["location"]
    again = change(operator, "/v1/transactions/bulk-refunds", order, key)
    assert again.json()["job_id"] == accepted.json()["job_id"]
    assert again.headers["idempotency-replayed"] == "true"

    job = eventually(
        lambda: (j := operator.get(job_path).json())["finished_at"] and j, why="the job is done"
    )
    assert job["progress"] == {"done": len(bulk), "total": len(bulk)}
    assert job["counts"] == {"SUCCEEDED": len(bulk)}
    rows = operator.get(f"{job_path}/rows", params={"limit": 200}).json()["items"]
    assert {row["key"] for row in rows} == {row["transaction_id"] for row in bulk}

    def all_settled() -> list[dict[str, Any]] | None:
        listed = list(demo.payments(BULK))
        still = any(row["in_flight_minor"] for row in listed)
        return None if still else listed

    after = eventually(all_settled, why="the provider answers each")
    assert after is not None
    ends = Counter(row["status"] for row in after)
    assert ends["TOTALLY_REFUNDED"] > len(bulk) / 2
    assert set(ends) <= {"TOTALLY_REFUNDED", "PAID"}
    demo.verify()
    assert by_status(demo) == {
        status: {
            "count": count,
            "amount_minor": sum(r["amount_minor"] for r in after if r["status"] == status),
        }
        for status, count in ends.items()
    }


def test_the_invoices_of_a_filter_come_as_one_zip(
    demo: WholePlatform, operator: httpx.Client, bulk: list[dict[str, Any]]
) -> None:
    path = "/v1/transactions/bulk-invoices"
    preview = change(operator, f"{path}/previews", {"filter": {"q": BULK}}).json()
    assert (preview["count"], preview["refused"]) == (len(bulk), [])
    accepted = change(operator, path, {"preview_id": preview["preview_id"]})
    job = eventually(
        lambda: (j := operator.get(accepted.headers["location"]).json())["finished_at"] and j,
        why="the invoices are made",
    )
    assert job["counts"] == {"SUCCEEDED": len(bulk)}
    answer = operator.get(job["result"]["file"])
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        lines = csv.DictReader(io.StringIO(archive.read("index.csv").decode("utf-8-sig")))
        files = {line["Transaction ID"]: archive.read(line["File"]) for line in lines}
    assert set(files) == {row["transaction_id"] for row in bulk}
    assert all(content.startswith(b"%PDF-") for content in files.values())
    one = bulk[0]["transaction_id"]
    assert operator.get(f"/v1/transactions/{one}/invoice").content == files[one]


def test_what_is_exported_is_what_is_listed(
    demo: WholePlatform, operator: httpx.Client, bulk: list[dict[str, Any]]
) -> None:
    listed = {
        row["transaction_id"]: (row["status_label"], row["amount_minor"], row["currency"])
        for row in demo.payments(BULK)
    }
    columns = "transaction_id,status,amount_minor,currency"
    query = {"q": BULK, "columns": columns}
    answer = operator.get("/v1/transactions/export", params=query)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    heads, *lines = csv.reader(io.StringIO(answer.text))
    assert {line[0]: (line[1], int(Decimal(line[2]) * 100), line[3]) for line in lines} == listed

    manifest = operator.get(f"/v1/exports/{answer.headers['export-id']}/manifest").json()
    assert (manifest["complete"], manifest["rows"]) == (True, len(bulk))
    assert manifest["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert [row["amount_minor"] for row in manifest["sums"]] == [purchases.sum_minor(NUMBERS)]

    sheet_file = operator.get("/v1/transactions/export", params={**query, "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(sheet_file.content)).active
    assert sheet is not None
    first, *cells = sheet.iter_rows(values_only=True)
    assert list(first) == heads
    assert {
        str(row[0]): (row[1], round(Decimal(str(row[2])) * 100), row[3]) for row in cells
    } == listed


def test_everything_agrees_in_the_end(demo: WholePlatform) -> None:
    assert "Everything agrees to the minor unit." in demo.verify()
