"""The desk at which tests ask for invoices: an operator at the routes, on a real mongod."""

from datetime import timedelta
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.mongo import Document
from payops_kernel.ports import CommandContext
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service
from payops_testing.transactions.builders import NOON, a_description, a_fact, folded
from transactions.domain.facts import FactKind
from transactions.domain.transaction import Transaction
from transactions.publishing import step_messages
from transactions.store.invoices import MongoInvoices
from transactions.store.transactions import TransactionStore
from transactions.use_cases.issue_invoice import IssueInvoice
from transactions.use_cases.read_transactions import transaction_not_found

TODAY = NOON + timedelta(days=30)
"""When it is at the desk, so that no year ends meanwhile."""
INVOICE = "/v1/transactions/t-1/invoice"
NOTES = "/v1/transactions/t-1/credit-notes"


def paid(transaction_id: str = "t-1", **description: Any) -> Transaction:
    """12.00 USD with 2.00 of tax, paid."""
    return folded(
        a_fact(
            FactKind.PAID, transaction_id=transaction_id, description=a_description(**description)
        )
    )


class Desk:
    """An operator at the routes, with a look into the database."""

    def __init__(
        self,
        service: Service[Runtime],
        app: FastAPI,
        client: httpx.AsyncClient,
        clock: PlatformClock,
    ) -> None:
        self.service = service
        self.app = app
        self.client = client
        self.clock = clock
        self.db = service.runtime.mongo.db
        self.store = TransactionStore(self.db)

    async def put(self, *transactions: Transaction) -> None:
        for transaction in transactions:
            document = self.store.to_document(transaction)
            await self.store.collection.replace_one({"_id": transaction.id}, document, upsert=True)

    async def stored(self, transaction_id: str = "t-1") -> Document:
        found = await self.db["transactions"].find_one({"_id": transaction_id})
        assert found is not None
        return found

    async def events(self, topic: str = "payops.transactions") -> list[dict[str, Any]]:
        return [
            orjson.loads(message["value"])
            async for document in self.db["outbox"].find(sort=[("order", 1)])
            for message in document["messages"]
            if message["topic"] == topic
        ]

    async def issued(self) -> list[Document]:
        found: list[Document] = await self.db["invoices"].find().sort("number", 1).to_list(None)
        return found

    def issuing(self, render_pdf: Any) -> IssueInvoice:
        """The use case with another renderer."""
        runtime = self.service.runtime
        documents = MongoInvoices(self.db)
        transactions = MongoRepository(
            self.store, missing=transaction_not_found, says=step_messages
        )
        return IssueInvoice(
            runtime.commands, transactions, documents, render_pdf, runtime.clock, "UTC"
        )


def year() -> int:
    """The year of today's numbers."""
    return TODAY.year


OPERATOR = CommandContext(Principal.of("u-9", "Otto", [UserRole.OPERATOR], ""))
