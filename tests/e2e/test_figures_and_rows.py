"""A figure of the Dashboard and the list that it leads to say the same of the same payments."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

import analytics.bootstrap
import analytics.settings
from analytics.consumers import PaymentFacts
from analytics.domain.reporting_days import ReportingZone
from analytics.store.payments import PaymentStore
from analytics.use_cases.record_payments import record_payments
from backoffice.components.list_page import Asked
from backoffice.pages.home.figures import Figures
from backoffice.words import Words
from payops_contracts.pages import default_pages
from payops_kernel.auth.principals import UserRole
from payops_kernel.messaging import Record
from payops_kernel.mongo import Session, in_transaction
from payops_kernel.testing.callers import ClientOf
from payops_kernel.zones import Zone
from payops_testing.services import service_on
from payops_testing.transactions.builders import a_fact, a_refund_fact, folded
from payops_testing.transactions.list_setting import STORE, viewer_of
from payops_testing.transactions.payments_of_all_kinds import bare, of_every_status, rich
from transactions.domain.facts import FactKind, RefundFactKind
from transactions.domain.transaction import Transaction
from transactions.publishing import restated_message


def payments() -> list[Transaction]:
    """One that waits for three answers, one for one; others for none, or have no refund."""
    pending = a_refund_fact(RefundFactKind.PENDING, amount_minor=100)
    declined = a_refund_fact(RefundFactKind.FAILED, amount_minor=100)
    others = [
        folded(a_fact(FactKind.PAID, transaction_id=name), answer)
        for name, answer in (("pending", pending), ("declined", declined))
    ]
    statuses = [each for each in of_every_status() if each.id != "pending"]
    return [rich(), bare(), *statuses, *others]


async def today(uri: str, client_of: ClientOf) -> httpx.Response:
    """The figures of today, of these payments' events."""
    settings = analytics.settings.Settings()
    async with service_on(uri, analytics.bootstrap, settings) as service:
        mongo, zone = service.runtime.mongo, ReportingZone(settings.zone)
        store = PaymentStore(mongo.db)
        await store.claim_zone(zone.name)
        handler = PaymentFacts(store, zone)
        told = [restated_message(each, each.history[-1].at, "test") for each in payments()]
        facts = [
            handler.fact(Record(each.topic, 0, offset, 0, each.key, each.value, ()))
            for offset, each in enumerate(told)
        ]

        async def record(session: Session) -> None:
            await record_payments(store.within(session), facts)

        await in_transaction(mongo, record)
        async with client_of(service.http_app("test", "test"), UserRole.VIEWER) as viewer:
            return await viewer.get("/v1/kpis/today")


async def test_refunds_awaiting_an_answer_lead_to_their_payments_and_no_others(
    mongo_uri: str, client_of: ClientOf
) -> None:
    answer = await today(mongo_uri, client_of)
    assert answer.status_code == 200, answer.text
    figure = Figures(Words("en"), Zone("UTC")).of_today(answer.json())[2]
    address = parse_qsl(urlsplit(str(figure.href)).query)
    asked = Asked.of(default_pages().lists["transactions"], address)
    documents = [STORE.to_document(each) for each in payments()]
    async with viewer_of(mongo_uri, client_of, documents) as viewer:
        page = (await viewer.get(f"/v1/transactions?{urlencode(asked.query(limit=50))}")).json()
    assert [row["transaction_id"] for row in page["items"]] == ["rich", "pending"]
    assert (figure.number, figure.said[-1]) == ("4", f"of {page['total']} payments")
    in_flight = sum(row["in_flight_minor"] for row in page["items"])
    tallies = [each["refunds_awaiting"] for each in answer.json()["currencies"]]
    assert in_flight == sum(each["amount_minor"] for each in tallies)
