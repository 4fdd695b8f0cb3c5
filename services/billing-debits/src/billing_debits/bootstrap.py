"""The only place that builds concrete things and joins them."""

from billing_debits.api.attempt_list import ATTEMPT_LIST
from billing_debits.api.attempts import attempt_routes
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.api.charges import charge_routes
from billing_debits.consumers import consume
from billing_debits.publishing import step_messages
from billing_debits.settings import Settings
from billing_debits.store.charges import ChargeStore
from billing_debits.store.rows import PartRows
from billing_debits.use_cases.read_charges import charge_not_found
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service

SERVICE = "billing-debits"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    rules = settings.rules()
    charges = MongoRepository(
        runtime.store(ChargeStore),
        missing=charge_not_found,
        says=step_messages,
        rows=runtime.store(PartRows),
    )
    consume(runtime, charges, lambda: rules)
    runtime.add_list(CHARGE_LIST)
    attempts = runtime.add_list(ATTEMPT_LIST)
    return runtime.service(charge_routes(charges), attempt_routes(attempts, charges))
