"""The only place that builds concrete things and joins them."""

from functools import partial

from analytics.api.debit_kpis import debit_kpi_routes
from analytics.api.kpis import kpi_routes
from analytics.api.subscription_kpis import subscription_kpi_routes
from analytics.api.verifications import verification_routes
from analytics.consumers import ChargeFacts, PaymentFacts, SubscriptionFacts
from analytics.domain.reporting_days import ReportingZone
from analytics.settings import Settings
from analytics.store.background import FactRenewal, verify_for_ever
from analytics.store.debit_reads import MongoDebitReads
from analytics.store.debits import DebitStore
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.payments import PaymentStore
from analytics.store.subscription_reads import MongoSubscriptionReads
from analytics.store.subscriptions import SubscriptionStore
from analytics.store.verifications import MongoVerifications
from analytics.use_cases.read_debits import ReadDebits
from analytics.use_cases.read_kpis import ReadKpis
from analytics.use_cases.read_subscriptions import ReadSubscriptions
from analytics.use_cases.verify_kpis import VerifyKpis
from payops_contracts.topics import (
    ANALYTICS_ON_CHARGES,
    ANALYTICS_ON_SUBSCRIPTIONS,
    ANALYTICS_ON_TRANSACTIONS,
)
from payops_kernel.runtime import Runtime, Service

SERVICE = "analytics"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    zone = ReportingZone(settings.zone)
    payments = runtime.store(PaymentStore)
    handler = PaymentFacts(payments, zone)
    runtime.prepare(partial(payments.claim_zone, zone.name))
    runtime.consume_slices(ANALYTICS_ON_TRANSACTIONS, handler)
    runtime.consume_slices(ANALYTICS_ON_CHARGES, ChargeFacts(runtime.store(DebitStore), zone))
    subscriptions = SubscriptionFacts(runtime.store(SubscriptionStore), zone)
    runtime.consume_slices(ANALYTICS_ON_SUBSCRIPTIONS, subscriptions)
    renewal = FactRenewal(runtime.mongo, settings.kafka, payments, handler.fact)
    runtime.worker.run_in_background(renewal.run)
    asked = (zone, runtime.clock, lambda: runtime.worker.lag)
    kpis = ReadKpis(runtime.store(MongoKpiReads), *asked)
    debits = ReadDebits(runtime.store(MongoDebitReads), *asked)
    standing = ReadSubscriptions(runtime.store(MongoSubscriptionReads), *asked)
    verify = VerifyKpis(runtime.store(MongoVerifications))
    runtime.worker.run_in_background(partial(verify_for_ever, verify))
    return runtime.service(
        kpi_routes(kpis),
        debit_kpi_routes(debits),
        subscription_kpi_routes(kpis, standing),
        verification_routes(verify),
    )
