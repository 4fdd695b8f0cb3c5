"""Batches of the service as it runs: charges of a cycle of one's own, an operator, a clock."""

from collections.abc import Sequence
from itertools import count
from random import randrange
from typing import Any
from uuid import uuid4

import httpx

from billing_debits import bootstrap
from billing_debits.settings import Settings
from billing_debits.use_cases.build_batches import COLLECT
from payops_contracts.topics import (
    DEBIT_COMMANDS,
    UPSTREAM_BATCH_RESULTS,
    UPSTREAM_CHARGES,
    UPSTREAM_DEBIT_RESULTS,
)
from payops_kernel.clock import DrivenClock
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_testing.billing_debits.upstream import (
    PATIENCE_SECONDS,
    Json,
    event,
    published,
    raised,
    seen,
    tell,
)

MONTHS = 60 * 12
# The log of all tests is one: a month of its own for each, also where the broker is an older one.
CYCLES = count(randrange(MONTHS))


class Batches:
    """Charges that are put into batches."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, clock: DrivenClock) -> None:
        self.settings = settings
        self.client = client
        self.clock = clock
        month = next(CYCLES) % MONTHS
        self.cycle = f"{2030 + month // 12}{month % 12 + 1:02d}01"
        self.run = uuid4().hex[:8]

    async def scheduled(self) -> None:
        """Until the fixed times that have passed are done, and the next one lies ahead."""
        mongo = connect(self.settings.mongo, self.settings.database(bootstrap.SERVICE))

        async def ahead() -> bool:
            row = await mongo.db["due"].find_one({"kind": COLLECT})
            return row is not None and row["due_at"] > self.clock.now()

        try:
            await eventually(ahead, PATIENCE_SECONDS)
        finally:
            mongo.close()

    async def raise_charges(self, count: int, kind: str = "END_OF_BILLING_CYCLE") -> list[str]:
        """So many charges of 1.03, 2.03, …, Pending, in the cycle of this test."""
        ids = [f"CH-{self.run}-{uuid4().hex[:6]}" for _ in range(count)]
        told = [
            raised(
                each, billing_cycle_code=self.cycle, type=kind,
                amount_minor=103 + 100 * number,
            )
            for number, each in enumerate(ids)
        ]  # fmt: skip
        for said in told:
            del said["data"]["initial_attempt"]
        await tell(self.settings, UPSTREAM_CHARGES.name, told)
        for each in ids:
            await seen(self.client, each, "PENDING")
        return ids

    async def preview(self, **choice: Any) -> Json:
        """What would be built of this test's charges."""
        body = {"billing_cycle_codes": [self.cycle]} | choice
        answer = await self.client.post("/v1/debit-batches/previews", json=body)
        assert answer.status_code == 201, answer.text
        return Json(answer.json())

    async def confirm(self, preview: Json, **more: Any) -> httpx.Response:
        """Build what was previewed."""
        body = {"preview_id": preview["preview_id"]} | more
        return await self.client.post(
            "/v1/debit-batches", json=body, headers={"Idempotency-Key": uuid4().hex}
        )

    async def built(self, **choice: Any) -> str:
        """The code of the one batch of what was chosen, sealed."""
        answer = await self.confirm(await self.preview(**choice))
        assert answer.status_code == 202, answer.text
        (made,) = answer.json()["batches"]
        await self.batch(made["batch_code"], "SEALED")
        return str(made["batch_code"])

    async def act(self, code: str, what: str, **body: Any) -> httpx.Response:
        """Submit it, or cancel it."""
        return await self.client.post(
            f"/v1/debit-batches/{code}/{what}", json=body, headers={"Idempotency-Key": uuid4().hex}
        )

    async def batch(self, code: str, status: str | None = None, **wanted: Any) -> Json:
        """The batch as soon as it is so."""
        path = f"/v1/debit-batches/{code}"

        async def there() -> bool:
            found = (await self.client.get(path)).json()
            progress = found.get("progress", {})
            return (status is None or found.get("status") == status) and all(
                (found | progress).get(name) == value for name, value in wanted.items()
            )

        try:
            await eventually(there, PATIENCE_SECONDS)
        except AssertionError:
            raise AssertionError((await self.client.get(path)).text) from None
        return Json((await self.client.get(path)).json())

    async def charge(self, charge_id: str) -> Json:
        """A charge."""
        return Json((await self.client.get(f"/v1/charges/{charge_id}")).json())

    async def asked(self, charge_id: str) -> Json:
        """What the processor was asked about a charge."""
        record = (await published(self.settings, DEBIT_COMMANDS.name, charge_id, 1))[0]
        return Json(httpx.Response(200, content=record.value).json()["data"])

    async def submission(self, code: str) -> Json:
        """What the processor was told of a whole batch."""
        record = (await published(self.settings, DEBIT_COMMANDS.name, code, 1))[0]
        return Json(httpx.Response(200, content=record.value).json()["data"])

    async def answer(self, charge_ids: Sequence[str], kind: str, **more: Any) -> None:
        """The processor's word on the debits of charges."""
        said = []
        for each in charge_ids:
            attempt = (await self.charge(each))["attempts"][-1]
            amount = (await self.charge(each))["money"]["amount_minor"]
            result = event(
                f"debit.{kind}", each, debit_id=attempt["debit_id"], amount_minor=amount,
                currency="USD", **more,
            )  # fmt: skip
            said.append(result | {"time": self.clock.now().isoformat()})
        await tell(self.settings, UPSTREAM_DEBIT_RESULTS.name, said)

    async def told(self, code: str, kind: str, count: int, sum_minor: int) -> None:
        """The processor's word on a batch."""
        said = event(f"batch.{kind}", code, count=count, sum_minor=sum_minor, currency="USD")
        del said["data"]["charge_id"]
        said["data"]["batch_code"] = code
        said["time"] = self.clock.now().isoformat()
        await tell(self.settings, UPSTREAM_BATCH_RESULTS.name, [said])
