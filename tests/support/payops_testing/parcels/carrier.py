"""What the carrier says in tests."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from payops_testing.faultlab.upstream import instant_text

SOURCE = "https://carrier.example/parcels"

Event = dict[str, Any]


def event(parcel: str, kind: str, at: datetime) -> Event:
    """One structured CloudEvent: ``announced``, ``arrived`` or ``collected``."""
    told = {"data": {"recipient": f"recipient of {parcel}"}} if kind == "announced" else {}
    return {
        "specversion": "1.0",
        "id": f"{parcel}-{kind}",
        "source": SOURCE,
        "type": f"carrier.parcel.{kind}.v1",
        "subject": parcel,
        "time": instant_text(at),
        **told,
    }


def arrived_parcels(parcels: Iterable[str], at: datetime) -> list[Event]:
    """Each was announced the day before, and waits since ``at``."""
    return [
        event(parcel, kind, when)
        for parcel in parcels
        for kind, when in (("announced", at - timedelta(days=1)), ("arrived", at))
    ]
