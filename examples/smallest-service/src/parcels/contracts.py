"""The topics and events of this example; those of a real service lie in ``contracts/``."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from payops_contracts.envelope import DomainEnvelope, UpstreamEnvelope
from payops_contracts.fields import Identifier
from payops_contracts.topics import Subscription, Topic


class Announcement(BaseModel):
    recipient: Identifier


class ParcelAnnouncedV1(UpstreamEnvelope):
    """The carrier will bring a parcel; its id is the ``subject``."""

    type: Literal["carrier.parcel.announced.v1"]
    data: Announcement


class ParcelMovedV1(UpstreamEnvelope):
    """The parcel waits at the shop, or its recipient has it."""

    type: Literal["carrier.parcel.arrived.v1", "carrier.parcel.collected.v1"]


CarrierEvent = Annotated[ParcelAnnouncedV1 | ParcelMovedV1, Field(discriminator="type")]


class ParcelChangedV1(DomainEnvelope):
    """Something happened to a parcel."""

    type: Literal["payops.parcel.changed.v1"]
    data: dict[Literal["recipient", "status", "change"], str]


CARRIER_PARCELS = Topic(
    "carrier.parcels", ("carrier",), "parcel id", "how far parcels have come", CarrierEvent
)
PARCELS = Topic(
    "payops.parcels", ("parcels",), "parcel id", "every change of a parcel", ParcelChangedV1
)
PARCELS_ON_CARRIER = Subscription(CARRIER_PARCELS, group="parcels")
