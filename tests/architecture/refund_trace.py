"""One refund over HTTP, in process: where the kernel enters the service, and how often.

Route, unit of work, repository, rules, documents and messages are the real ones; only what would
go to a server is kept in memory, so that nothing but Python is traced.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI

import transactions
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.ports import CommandAnswer, CommandContext, Work
from payops_kernel.repository import MongoRepository
from payops_kernel.testing.callers import client_maker
from payops_kernel.work import Works
from payops_testing.transactions.builders import NOON, a_fact, folded
from transactions.api.refunds import refund_routes
from transactions.domain.facts import FactKind
from transactions.domain.refundability import BUILT_IN, CanRefund
from transactions.publishing import step_messages
from transactions.store.transactions import TransactionStore
from transactions.use_cases.due_after_step import DueAfterStep
from transactions.use_cases.read_transactions import transaction_not_found
from transactions.use_cases.request_refund import RequestRefund

SOURCE = Path(transactions.__file__).parent
COROUTINE = 0x80


class _Rows:
    """A collection of one row, and of what was written over it."""

    name = "transactions"

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def find(self, _query: object, **_options: object) -> "_Rows":
        return self

    async def to_list(self, length: int | None) -> list[dict[str, Any]]:
        return [self.row]

    async def bulk_write(self, writes: Sequence[Any], **_options: object) -> Any:
        (write,) = writes
        self.row = write._doc
        return SimpleNamespace(inserted_count=0, upserted_count=0, matched_count=1)


class _Kept:
    """An outbox and due rows that keep what they are given."""

    async def write(self, messages: Sequence[Any], session: object) -> None:
        self.messages = list(messages)

    async def schedule_many(self, rows: Sequence[Any], session: object) -> None:
        self.rows = list(rows)


class _Commands:
    """Each command a transaction that ends well."""

    def __init__(self, works: Works) -> None:
        self._works = works

    async def run(
        self, context: CommandContext, body: Callable[[Work], Awaitable[CommandAnswer]]
    ) -> CommandAnswer:
        session: Any = None
        return (await self._works.by_itself(session, body, context)).committed()

    record = run


class _Entries:
    """Calls from outside the service into its functions, by file and function."""

    def __init__(self) -> None:
        self.made: Counter[tuple[str, str]] = Counter()
        self._known: list[FrameType] = []

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(str(SOURCE)):
            return
        if code.co_flags & COROUTINE:  # every resumption looks like a call
            if any(known is frame for known in self._known):
                return
            self._known.append(frame)
        caller = frame.f_back
        if caller is None or not caller.f_code.co_filename.startswith(str(SOURCE)):
            file = str(Path(code.co_filename).relative_to(SOURCE))
            self.made[file, code.co_qualname.rpartition(".")[2]] += 1


async def _built_in() -> CanRefund:
    return BUILT_IN.can_refund


async def _refund() -> _Entries:
    clock, kept, entries = DrivenClock(NOON), _Kept(), _Entries()
    rows: Any = {"transactions": _Rows({})}
    paid = folded(a_fact(FactKind.CREATED), a_fact(FactKind.PAID))
    rows["transactions"].row = TransactionStore(rows).to_document(paid)
    due: Any = kept
    repository = MongoRepository(
        TransactionStore(rows),
        missing=transaction_not_found,
        says=step_messages,
        due=DueAfterStep(clock),
    )
    commands = _Commands(Works("transactions", clock, kept, due))
    reads: Any = None
    request = RequestRefund(repository, _built_in)
    app = FastAPI()
    app.include_router(refund_routes(commands, reads, request))
    async with client_maker()(app, UserRole.OPERATOR) as client:
        sys.setprofile(entries)
        try:
            answer = await _posted(client)
        finally:
            sys.setprofile(None)
    assert answer.status_code == 202, answer.text
    assert rows["transactions"].row["refunds"], "the refund was not stored"
    assert (len(kept.messages), len(kept.rows)) == (3, 1), "event, command and audit; one due row"
    return entries


async def _posted(client: httpx.AsyncClient) -> httpx.Response:
    body = {"amount_minor": 500, "reason": "Item returned"}
    path, key = "/v1/transactions/t-1/refunds", {"Idempotency-Key": "k-1"}
    return await client.post(path, json=body, headers=key)


def entries_of_a_refund() -> Counter[tuple[str, str]]:
    """How often the kernel calls each function of the service, by (file, function)."""
    return asyncio.run(_refund()).made
