"""What upstream tells after a payment was paid: refunds that it made by itself, and disputes."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from payops_testing.faultlab.upstream import SOURCE, Event, instant_text, payments

MINUTES = timedelta(minutes=11)

Fate = tuple[tuple[str, float], ...]
"""Kinds of facts, each with the share of the amount that it is about."""

FATES: tuple[Fate, ...] = (
    (),
    (("refund.pending", 0.4), ("refund.succeeded", 0.4)),
    (("refund.succeeded", 1.0),),
    (("refund.succeeded", 0.3), ("refund.succeeded", 0.7)),
    (("refund.failed", 0.5),),
    (("refund.failed", 0.5), ("refund.succeeded", 0.5)),
    (("refund.succeeded", 0.8), ("refund.pending", 0.8), ("refund.failed", 0.8)),
    (("refund.succeeded", 0.9), ("refund.succeeded", 0.6)),
    (("refund.pending", 0.2), ("dispute.opened", 0.5)),
    (("dispute.opened", 1.0), ("dispute.won", 1.0)),
    (("dispute.opened", 0.6), ("dispute.lost", 0.6), ("refund.succeeded", 0.4)),
    (("dispute.lost", 0.7), ("dispute.opened", 0.7), ("dispute.won", 0.7)),
    (("refund.succeeded", 1.0), ("refund.failed", 1.0)),
    (("refund.succeeded", 0.7), ("refund.failed", 0.7), ("refund.succeeded", 0.7)),
    (("dispute.opened", 1.0), ("dispute.opened", 0.8), ("dispute.lost", 0.3)),
    (("dispute.opened", 0.5), ("dispute.won", 0.5), ("dispute.lost", 0.9)),
)
"""Refunds of one share are one, and a payment has one dispute; some give back more than was paid,
come back, or are lost in part, and all of this befalls payments that were never paid, too."""


def lives(count: int, seed: int = 1, prefix: str = "ORD") -> list[Event]:
    """Facts about ``count`` payments, and after them those about their refunds and disputes.

    What is told of one payment is in order; the payments are mixed.
    """
    chance = random.Random(seed)
    told = payments(count, seed, prefix)
    last = {event["subject"]: place for place, event in enumerate(told)}
    at: list[tuple[float, Event]] = [(float(place), event) for place, event in enumerate(told)]
    for place in last.values():
        after = float(place)
        for fact in _told(told[place], chance.choice(FATES)):
            after += chance.uniform(0.1, 5.0)
            at.append((after, fact))
    return [event for _, event in sorted(at, key=_place)]


def _place(placed: tuple[float, Event]) -> float:
    return placed[0]


def _told(payment: Event, fate: Fate) -> Iterator[Event]:
    amount = int(payment["data"]["amount_minor"])
    at = datetime.fromisoformat(payment["time"])
    for number, (kind, share) in enumerate(fate):
        at += MINUTES
        family = kind.partition(".")[0]
        about = f"{family}-{payment['subject']}"
        about += f"-{share}" if family == "refund" else ""
        yield {
            "specversion": "1.0",
            "id": f"{about}-{number}",
            "source": SOURCE,
            "type": f"upstream.{kind}.v1",
            "subject": payment["subject"],
            "time": instant_text(at),
            "datacontenttype": "application/json",
            "data": {
                "transaction_id": payment["subject"],
                f"{family}_id": about,
                "amount_minor": max(1, int(amount * share)),
                "currency": payment["data"]["currency"],
            },
        }
