"""What several files of tests ask the service for: exports, invoices, mails."""

from collections.abc import AsyncIterator

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.mongo import Mongo
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import service_on
from payops_testing.transactions.export_setting import filled_service
from payops_testing.transactions.invoice_desk import TODAY, Desk, paid
from payops_testing.transactions.mail_room import MailRoom, mail_room
from transactions import bootstrap
from transactions.settings import Settings


@pytest.fixture
async def service(mongo_uri: str) -> AsyncIterator[Service[Runtime]]:
    """A service with transactions to export."""
    async with filled_service(mongo_uri) as filled:
        yield filled


@pytest.fixture
def mongo(service: Service[Runtime]) -> Mongo:
    """Its database."""
    return service.runtime.mongo


@pytest.fixture
async def client(
    service: Service[Runtime], client_of: ClientOf
) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer at the service with these transactions."""
    async with client_of(service.http_app("test", "test"), UserRole.VIEWER) as asking:
        yield asking


@pytest.fixture
async def desk(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[Desk]:
    """An operator who asks for invoices of one paid transaction."""
    settings, clock = Settings(invoice_company="Acme Records"), PlatformClock()
    clock.offset = TODAY - clock.now()
    async with service_on(mongo_uri, bootstrap, settings, clock) as service:
        app = service.http_app("test", "test")
        async with client_of(app, UserRole.OPERATOR) as client:
            desk = Desk(service, app, client, clock)
            await desk.put(paid())
            yield desk


@pytest.fixture
async def room(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[MailRoom]:
    """The service beside a mail server that the test holds."""
    async with mail_room(mongo_uri, client_of) as made:
        yield made
