"""What the carrier says in tests."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from payops_testing.faultlab.upstream import Event, instant_text, mixed

SOURCE = "https://carrier.example/parcels"


def event(parcel: str, kind: str, at: datetime) -> Event:
    """One structured CloudEvent: ``announced``, ``arrived`` or ``collected``."""
    data = {"recipient": f"recipient of {parcel}"} if kind == "announced" else {}
    return {
        "specversion": "1.0",
        "id": f"{parcel}-{kind}",
        "source": SOURCE,
        "type": f"carrier.parcel.{kind}.v1",
        "subject": parcel,
        "time": instant_text(at),
        "data": data,
    }


def arrived_parcels(parcels: Iterable[str], at: datetime) -> list[Event]:
    """Each was announced the day before, and waits since ``at``."""
    return [
        event(parcel, kind, when)
        for parcel in parcels
        for kind, when in (("announced", at - timedelta(days=1)), ("arrived", at))
    ]


def carried(count: int, seed: int = 1, prefix: str = "PCL") -> list[Event]:
    """What is told of so many parcels: each one's facts in order, the parcels mixed.

    They arrive now, so that none goes back by itself.
    """
    chance, now = random.Random(seed), datetime.now(UTC)
    lives = []
    for number in range(count):
        parcel, fate = f"{prefix}-{seed}-{number:05d}", chance.random()
        facts = [*arrived_parcels([parcel], now), event(parcel, "collected", now)]
        lives.append(facts[: 1 if fate < 0.1 else 2 if fate < 0.4 else 3])
    return mixed(lives, chance)
