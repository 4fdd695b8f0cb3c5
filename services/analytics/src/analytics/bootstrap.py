"""The only place that builds concrete things and joins them."""

from functools import partial

from analytics.api.kpis import kpi_routes
from analytics.consumers import PaymentFacts
from analytics.domain.reporting_days import ReportingZone
from analytics.settings import Settings
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.payments import PaymentStore
from analytics.use_cases.read_kpis import ReadKpis
from payops_contracts.topics import ANALYTICS_ON_TRANSACTIONS
from payops_kernel.runtime import Runtime, Service

SERVICE = "analytics"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    zone = ReportingZone(settings.zone)
    payments = runtime.store(PaymentStore)
    runtime.prepare(partial(payments.claim_zone, zone.name))
    runtime.consume_slices(ANALYTICS_ON_TRANSACTIONS, PaymentFacts(payments, zone))
    kpis = ReadKpis(runtime.store(MongoKpiReads), zone, runtime.clock, lambda: runtime.worker.lag)
    return runtime.service(kpi_routes(kpis))
