"""What several files of tests ask the service for: exports, invoices, mails."""

from collections.abc import AsyncIterator

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.mongo import Mongo
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import service_on
from payops_testing.transactions.export_setting import filled_database
from payops_testing.transactions.invoice_desk import Desk, paid
from payops_testing.transactions.mail_room import MailRoom, mail_room
from transactions import bootstrap
from transactions.main import create_app
from transactions.settings import Settings


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
async def desk(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[Desk]:
    """A viewer who asks for invoices of one paid transaction."""
    settings, clock = Settings(invoice_company="Acme Records"), PlatformClock()
    async with (
        service_on(mongo_uri, bootstrap, settings, clock) as service,
        client_of(service.http_app("test", "test"), UserRole.VIEWER) as client,
    ):
        desk = Desk(service, client, clock)
        await desk.put(paid())
        yield desk


@pytest.fixture
async def room(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[MailRoom]:
    """The service beside a mail server that the test holds."""
    async with mail_room(mongo_uri, client_of) as made:
        yield made
