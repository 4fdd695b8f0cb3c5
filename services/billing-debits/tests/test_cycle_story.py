"""A billing cycle from its opening to its closing and what moves behind it, on real servers."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest

from billing_debits import bootstrap
from billing_debits.settings import Settings
from payops_contracts.registry import validate
from payops_contracts.topics import (
    BILLING_CYCLES,
    UPSTREAM_BILLING_CYCLES,
    UPSTREAM_CHARGES,
    UPSTREAM_DEBIT_RESULTS,
)
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.billing_debits.builders import at
from payops_testing.billing_debits.cycles import cycle_event
from payops_testing.billing_debits.upstream import (
    Json,
    published,
    raised,
    result,
    seen,
    tell,
)
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

YEARS = count(2100)
SUCCEEDED = {
    "initial_attempt": {"at": "2026-03-01T10:00:00Z", "outcome": "SUCCEEDED"},
}
HARD = {"failure": {"code": "expired_card", "message": "Card expired"}}


class Books:
    """The service, and settlement that tells it of a cycle."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, clock: DrivenClock) -> None:
        self.settings, self.client, self.clock = settings, client, clock
        self.run = uuid4().hex[:8]
        # The log of all tests is one: a year of this one's own.
        self.year = next(YEARS)
        self.code, self.next = f"{self.year}0301", f"{self.year}0401"

    def id(self, name: str) -> str:
        """A charge that no other test has."""
        return f"CH-{self.run}-{name}"

    async def settlement_says(self, *events: Json) -> None:
        await tell(self.settings, UPSTREAM_BILLING_CYCLES.name, events)

    async def raise_charge(self, name: str, status: str, **data: Any) -> None:
        said = raised(self.id(name), **{"billing_cycle_code": self.code} | data)
        await tell(self.settings, UPSTREAM_CHARGES.name, [said])
        await seen(self.client, self.id(name), status)

    async def result_of(self, name: str, kind: str, **data: Any) -> None:
        said = result(kind, self.id(name), **data)
        said["time"] = self.clock.now().isoformat()
        await tell(self.settings, UPSTREAM_DEBIT_RESULTS.name, [said])

    async def cycle(self, code: str = "") -> Json:
        answer = await self.client.get(f"/v1/billing-cycles/{code or self.code}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def cycle_is(self, status: str, code: str = "") -> Json:
        path = f"/v1/billing-cycles/{code or self.code}"

        async def there() -> bool:
            answer = await self.client.get(path)
            return answer.status_code == 200 and answer.json()["overview"]["status"] == status

        await eventually(there, 40)
        return await self.cycle(code)

    async def told(self) -> None:
        """Wait until settlement's totals are there."""

        async def there() -> bool:
            answer = await self.client.get(f"/v1/billing-cycles/{self.code}")
            return answer.status_code == 200 and bool(answer.json()["overview"]["told_at"])

        await eventually(there, 40)

    async def ask(self, what: str, key: str | None = None, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"/v1/billing-cycles/{self.code}/{what}",
            json=body,
            headers={"Idempotency-Key": key or uuid4().hex},
        )

    async def rows(self, name: str, **query: Any) -> list[Json]:
        answer = await self.client.get(f"/v1/{name}", params=query)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["items"]
        return found


@pytest.fixture
async def books(kafka_address: str, mongo_uri: str, client_of: ClientOf) -> AsyncIterator[Books]:
    await ensure_topics(kafka_address)
    own = f"cycles_{uuid4().hex[:8]}_"
    settings = Settings(kafka=kafka_address, mongo=mongo_uri, database_prefix=own)
    clock = DrivenClock(at(40))
    app = built(bootstrap, settings, clock).http_app("test", "test")
    async with app.router.lifespan_context(app), client_of(app, UserRole.APPROVER) as client:
        yield Books(settings, client, clock)
    mongo = connect(mongo_uri, settings.database(bootstrap.SERVICE))
    await drop_database(mongo)
    mongo.close()


async def _charged(books: Books) -> None:
    """A cycle of three charges of US$1.03: collected, rejected, and one to be retried."""
    await books.settlement_says(
        cycle_event("opened", books.code),
        cycle_event(
            "totals",
            books.code,
            totals=[{"currency": "USD", "charges": 3, "charged_minor": 309, "tax_minor": 57}],
        ),
    )
    await books.raise_charge("paid", "FINALIZED", **SUCCEEDED)
    hard = {"initial_attempt": {"at": "2026-03-01T10:00:00Z", "outcome": "FAILED", **HARD}}
    await books.raise_charge("hard", "PERMANENT_REJECTED", **hard)
    soon = {"created_at": "2026-04-10T09:00:00Z"}
    soft = {"code": "insufficient_funds", "message": "No money"}
    attempt = {"at": "2026-04-10T09:00:00Z", "outcome": "FAILED", "failure": soft}
    await books.raise_charge("soft", "TEMP_REJECTED", initial_attempt=attempt, **soon)


async def test_a_cycle_is_closed_when_no_debit_is_open_and_a_late_reversal_is_an_adjustment(
    books: Books,
) -> None:
    await _charged(books)
    await books.told()
    (usd,) = (await books.cycle_is("OPEN"))["totals"]
    charges = await books.rows("charges", billing_cycle_code=books.code)
    assert usd["charged_minor"] == sum(each["amount_minor"] for each in charges) == 309
    assert usd["collected_minor"] == sum(each["collected_minor"] for each in charges) == 103
    assert (usd["outstanding_minor"], usd["outstanding"]) == (103, 1)
    assert usd["permanently_rejected_minor"] == 103
    assert (usd["tax_minor"], usd["difference_minor"]) == (57, 0), "0.19 each, not 0.56 of 3.09"
    not_ended = await books.ask("closure")
    assert (not_ended.status_code, not_ended.json()["code"]) == (409, "billing_cycle_not_ended")

    await books.settlement_says(cycle_event("ended", books.code, "2026-04-01T02:00:00Z"))
    detail = await books.cycle_is("ENDED")
    assert detail["open_debits"] == {"count": 1, "charge_ids": [books.id("soft")]}
    assert detail["actions"]["close"]["allowed"] is False
    barred = await books.ask("closure")
    assert (barred.status_code, barred.json()["code"]) == (409, "debits_open")
    assert barred.json()["open_charges"] == [books.id("soft")]

    withdrawn = raised(books.id("soft")) | {"type": "upstream.charge.settled.v1"}
    withdrawn |= {"id": uuid4().hex, "data": {"charge_id": books.id("soft"), "reason": "Wire"}}
    await tell(books.settings, UPSTREAM_CHARGES.name, [withdrawn])
    await seen(books.client, books.id("soft"), "WITHDRAWN")
    key = uuid4().hex
    closed = await books.ask("closure", key)
    assert closed.status_code == 200, closed.text
    frozen = closed.json()["totals"]
    assert [(it["collected_minor"], it["settled_otherwise_minor"]) for it in frozen] == [(103, 103)]
    again = await books.ask("closure", key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await books.ask("closure")).json()["code"] == "billing_cycle_closed"

    await _reversed_later(books, frozen[0])


async def _reversed_later(books: Books, frozen: Json) -> None:
    """A debit of March goes back on 20 May: found by its id, and counted in the open cycle."""
    await books.settlement_says(cycle_event("opened", books.next, "2026-04-01T00:00:00Z"))
    await books.cycle_is("OPEN", books.next)
    paid = await seen(books.client, books.id("paid"), "FINALIZED")
    debit_id = paid["attempts"][0]["debit_id"]
    await books.result_of("paid", "reversed", debit_id=debit_id, **HARD)
    await books.result_of("paid", "reversed", debit_id=debit_id, **HARD)

    async def adjusted() -> bool:
        return len(await books.rows("cycle-adjustments", closed_cycle_code=books.code)) > 0

    await eventually(adjusted, 40)
    (row,) = await books.rows("cycle-adjustments", closed_cycle_code=books.code)
    assert (row["charge_id"], row["adjusted_minor"]) == (books.id("paid"), -103)
    (before,) = (await books.cycle())["totals"]
    unchanged = {name: before[name] for name in frozen}
    assert unchanged == frozen, "a closed cycle's figures do not change"
    assert before["adjusted_elsewhere_minor"] == -103
    (here,) = await books.rows(
        "billing-cycles", billing_cycle_code=row["open_cycle_code"], currency="USD"
    )
    assert (here["status"], here["adjusted_minor"], here["adjustments"]) == ("OPEN", -103, 1)
    records = await published(books.settings, BILLING_CYCLES.name, books.code, 5)
    mine = [validate(each.value) for each in records]
    assert mine[-1].type == "payops.billing-cycle.adjusted.v1"

    reopened = await books.ask("reopening", reason="A debit went back")
    assert reopened.json()["status"] == "ENDED"
    assert (await books.ask("reopening", reason="Again")).status_code == 409
    (live,) = (await books.cycle())["totals"]
    assert live["collected_minor"] == 0


async def test_a_move_beside_a_closing_is_in_its_totals_or_an_adjustment_and_never_both(
    books: Books,
) -> None:
    names = [f"c{number}" for number in range(6)]
    await books.settlement_says(
        cycle_event("opened", books.code),
        cycle_event("ended", books.code),
        cycle_event("opened", books.next),
    )
    for name in names:
        await books.raise_charge(name, "FINALIZED", **SUCCEEDED)
    await books.cycle_is("ENDED")
    await books.cycle_is("OPEN", books.next)
    hard = {"failure": {"code": "mandate_revoked"}}
    ids = [f"{books.id(name)}-initial" for name in names]
    back = [
        result("reversed", books.id(name), debit_id=debit_id, **hard)
        for name, debit_id in zip(names, ids, strict=True)
    ]
    closing, _ = await asyncio.gather(
        books.ask("closure"), tell(books.settings, UPSTREAM_DEBIT_RESULTS.name, back)
    )
    assert closing.status_code == 200, closing.text
    for name in names:
        await seen(books.client, books.id(name), "PERMANENT_REJECTED")
    frozen: int = closing.json()["totals"][0]["collected_minor"]

    async def added_up() -> bool:
        rows = await books.rows("cycle-adjustments", closed_cycle_code=books.code)
        moved: int = sum(each["adjusted_minor"] for each in rows)
        return frozen + moved == 0

    await eventually(added_up, 40)


async def test_reconciliation_finds_a_difference_of_one_and_what_stands_in_two_charges(
    books: Books,
) -> None:
    one_less = [{"currency": "USD", "charges": 4, "charged_minor": 413, "tax_minor": 76}]
    await books.settlement_says(
        cycle_event("opened", books.code), cycle_event("totals", books.code, totals=one_less)
    )
    when = "2026-02-20T10:00:00Z"
    shared = {"transaction_id": f"CT-{books.run}", "amount_minor": 84, "occurred_at": when}
    off = {"transaction_id": f"CT-{books.run}-off", "amount_minor": 83, "occurred_at": when}
    await books.raise_charge("good", "FINALIZED", **SUCCEEDED)
    await books.raise_charge("one", "FINALIZED", consumption=[shared], **SUCCEEDED)
    await books.raise_charge("two", "FINALIZED", consumption=[off], **SUCCEEDED)
    other_cycle = {"billing_cycle_code": books.next, "consumption": [shared]}
    await books.raise_charge("elsewhere", "FINALIZED", **other_cycle, **SUCCEEDED)
    none = raised(books.id("none"), billing_cycle_code=books.code, **SUCCEEDED)
    del none["data"]["consumption"]
    await tell(books.settings, UPSTREAM_CHARGES.name, [none])
    await seen(books.client, books.id("none"), "FINALIZED")
    await books.told()
    found = await books.client.get(f"/v1/billing-cycles/{books.code}/reconciliation")
    assert found.status_code == 200, found.text
    answer = found.json()
    (control,) = answer["control"]
    assert (control["difference_minor"], control["tax_difference_minor"]) == (1, 0)
    assert (control["charges_difference"], control["agrees"]) == (0, False)
    assert {each["finding"]: each["count"] for each in answer["counts"]} == {
        "MISSING": 1, "DIFFERENT": 1, "DUPLICATE": 1,
    }  # fmt: skip
    findings = {each["finding"]: each for each in answer["findings"]}
    assert findings["DIFFERENT"]["charge_id"] == books.id("two")
    assert findings["DIFFERENT"]["difference_minor"] == -1
    assert findings["MISSING"]["charge_id"] == books.id("none")
    assert findings["DUPLICATE"]["charge_id"] == books.id("one")
    assert findings["DUPLICATE"]["other_charges"] == [books.id("elsewhere")]
    query = {"format": "csv", "billing_cycle_code": books.code}
    export = await books.client.get("/v1/cycle-findings/export", params=query)
    assert len(list(csv.reader(io.StringIO(export.text)))) == 4


async def test_the_list_has_a_row_a_cycle_and_currency_and_one_a_month_without_a_cycle(
    books: Books,
) -> None:
    await books.settlement_says(
        cycle_event("opened", books.code), cycle_event("opened", books.next)
    )
    await books.raise_charge("usd", "FINALIZED", **SUCCEEDED)
    eur = {"currency": "EUR", "rail": "SEPA"}
    await books.raise_charge("eur", "FINALIZED", **eur, **SUCCEEDED)
    when = {"created_at": f"{books.year}-03-01T10:00:00Z"}
    limit = raised(books.id("limit"), type="LIMIT_EXCEED", **when, **SUCCEEDED)
    del limit["data"]["billing_cycle_code"]
    await tell(books.settings, UPSTREAM_CHARGES.name, [limit])
    await seen(books.client, books.id("limit"), "FINALIZED")
    await books.cycle_is("OPEN")
    await books.cycle_is("OPEN", books.next)
    rows = [
        each for each in await books.rows("billing-cycles") if each["month"][:4] == str(books.year)
    ]
    assert [(each["row_id"], each["status"], each["collected_minor"]) for each in rows] == [
        (f"{books.next}--", "OPEN", None),
        (f"{books.code}-USD", "OPEN", 103),
        (f"{books.code}-EUR", "OPEN", 103),
        (f"{books.year}-03-USD", "NONE", 103),
    ]
    paged = await books.client.get("/v1/billing-cycles", params={"limit": 2})
    assert paged.json()["next"] is not None
    (second,) = await books.rows("billing-cycles", q=books.code, currency="EUR")
    assert second["row_id"] == f"{books.code}-EUR"
    export = await books.client.get("/v1/billing-cycles/export", params={"format": "csv"})
    assert export.status_code == 200, export.text
    lines = csv.DictReader(io.StringIO(export.text.removeprefix("\ufeff")))
    mine = [each for each in lines if each["Billing Cycle Code"] == books.code]
    assert sorted((each["Currency"], each["Collected"]) for each in mine) == [
        ("EUR", "1.03"), ("USD", "1.03"),
    ]  # fmt: skip


async def test_a_reason_is_required_to_reopen_and_an_unknown_cycle_is_not_found(
    books: Books,
) -> None:
    await books.settlement_says(cycle_event("ended", books.code))
    await books.cycle_is("ENDED")
    assert (await books.ask("reopening")).status_code == 422
    assert (await books.ask("reopening", reason=" ")).status_code == 422
    unknown = await books.client.get("/v1/billing-cycles/20990101")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "billing_cycle_not_found")
