"""What several files of tests ask the service for: exports, invoices, mails."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Mongo, ensure_collections
from payops_kernel.testing.callers import ClientOf
from payops_testing.transactions.export_setting import filled_database
from payops_testing.transactions.invoice_desk import Desk, paid
from payops_testing.transactions.mail_room import MailRoom, mail_room
from transactions.bootstrap import bootstrap
from transactions.main import create_app
from transactions.settings import Settings
from transactions.store.invoices import INDEXES as INVOICE_INDEXES
from transactions.store.transactions import INDEXES


@pytest.fixture
async def mongo(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A service's database with transactions to export."""
    async with filled_database(mongo_uri) as filled:
        yield filled


@pytest.fixture
async def client(
    mongo: Mongo, mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer at the service with these transactions."""
    monkeypatch.setenv("PAYOPS_MONGO", mongo_uri)
    monkeypatch.setenv("PAYOPS_DATABASE_PREFIX", mongo.db.name.removesuffix("transactions"))
    async with client_of(create_app(), UserRole.VIEWER) as asking:
        yield asking


@pytest.fixture
async def desk(
    mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """A viewer who asks for invoices of one paid transaction."""
    monkeypatch.setenv("PAYOPS_MONGO", mongo_uri)
    monkeypatch.setenv("PAYOPS_DATABASE_PREFIX", f"invoices_{uuid4().hex[:8]}_")
    monkeypatch.setenv("PAYOPS_INVOICE_COMPANY", "Acme Records")
    service = bootstrap(Settings())
    mongo = service.runtime.mongo
    await ensure_collections(mongo.db, {**INDEXES, **OUTBOX_INDEXES, **INVOICE_INDEXES})
    app = service.runtime.http_app("test", "test", service.routers)
    async with client_of(app, UserRole.VIEWER) as client:
        desk = Desk(service, client)
        await desk.put(paid())
        yield desk
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()


@pytest.fixture
async def room(
    mongo_uri: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MailRoom]:
    """The service beside a mail server that the test holds."""
    async with mail_room(mongo_uri, client_of, monkeypatch) as made:
        yield made
