"""What a step of a parcel says to the world."""

from collections.abc import Iterable

import orjson

from parcels.contracts import PARCELS
from parcels.domain.parcel import Parcel
from payops_contracts.envelope import domain_event
from payops_kernel.ports import OutgoingMessage


def step_messages(parcel: Parcel) -> Iterable[OutgoingMessage]:
    """The event of the last step: the state after it."""
    if (step := parcel.step) is None:
        return
    data = {"recipient": parcel.recipient, "status": parcel.status, "change": step.status}
    event = domain_event(
        "payops.parcel.changed.v1", "/payops/parcels", parcel.id, parcel.version, step.at, data
    )
    body = orjson.dumps(event, option=orjson.OPT_UTC_Z)
    yield OutgoingMessage(PARCELS.name, parcel.id.encode(), body)
