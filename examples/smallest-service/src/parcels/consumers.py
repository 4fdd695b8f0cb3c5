"""Which topics this service reads, and what folds them: a table of contents."""

from parcels import contracts
from parcels.domain.parcel import Fact, Parcel, ParcelStatus, fold
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime

_STATUS = {
    "carrier.parcel.announced.v1": ParcelStatus.ANNOUNCED,
    "carrier.parcel.arrived.v1": ParcelStatus.WAITING,
    "carrier.parcel.collected.v1": ParcelStatus.COLLECTED,
}


def consume(runtime: Runtime, parcels: MongoRepository[Parcel]) -> None:
    """``carrier.parcels`` → parcels."""
    topic = contracts.PARCELS_ON_CARRIER
    runtime.consume(topic, parcels, fact=fact_of, key=lambda fact: fact.parcel_id, fold=fold)


def fact_of(event: contracts.CarrierEvent) -> Fact:
    """What an event states, in the domain's words."""
    recipient = event.data.recipient if isinstance(event, contracts.ParcelAnnouncedV1) else None
    name = f"{event.source} {event.id}"
    return Fact(event.subject, _STATUS[event.type], event.time, name, recipient)
