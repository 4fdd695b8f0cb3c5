"""The only place that builds concrete things and joins them."""

from datetime import timedelta
from functools import partial

from parcels.api.parcel_list import PARCEL_LIST
from parcels.api.returns import RETURNS, return_routes
from parcels.consumers import consume
from parcels.contracts import PARCELS
from parcels.publishing import step_messages
from parcels.settings import Settings
from parcels.store.candidates import TO_RETURN
from parcels.store.parcels import ParcelStore
from parcels.use_cases import return_parcel as returning
from payops_kernel.bulk.routes import bulk_routes
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service

SERVICE = "parcels"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    parcels = MongoRepository(
        runtime.store(ParcelStore),
        missing=returning.parcel_not_found,
        says=step_messages,
        due=partial(returning.due_after, wait=timedelta(days=settings.collect_within_days)),
    )
    runtime.admit_topic(PARCELS)
    consume(runtime, parcels)
    runtime.add_list(PARCEL_LIST)
    return_parcel = returning.ReturnParcel(parcels)
    runtime.due.handle(returning.UNCOLLECTED, return_parcel.when_due, together=True)
    bulk_return = runtime.bulk(returning.BulkReturn(return_parcel), TO_RETURN)
    return runtime.service(
        return_routes(runtime.commands, return_parcel),
        bulk_routes(runtime.commands, bulk_return, runtime.zone, RETURNS),
    )
