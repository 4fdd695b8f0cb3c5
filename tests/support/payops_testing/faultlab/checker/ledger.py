"""One payment's books: what facts and requests, taken one by one, make of it."""

from dataclasses import dataclass, field
from datetime import datetime

from payops_testing.faultlab.checker.facts import Fact

OPEN_REFUNDS = ("REQUESTED", "PENDING", "UNKNOWN")
OUTCOMES = {
    "refund_succeeded": True,
    "refund_failed": False,
    "dispute_lost": True,
    "dispute_won": False,
}


@dataclass(slots=True)
class Answers:
    """All that was said of one refund or dispute."""

    amount_minor: int
    """Of a refund: every fact says the same."""
    requested: bool = False
    """Asked for by an operator; otherwise upstream made it by itself."""
    said: list[tuple[datetime, bool, int]] = field(default_factory=list)
    """Outcomes: instant, whether it succeeded or was lost, amount. The greatest one stands: the
    latest, and of one instant a success or a loss."""
    opened: list[tuple[datetime, int]] = field(default_factory=list)
    """What is no outcome: a refund that is pending, a dispute that was opened, with its amount."""

    def take(self, fact: Fact) -> None:
        """One more fact about it."""
        if fact.kind in OUTCOMES:
            self.said.append((fact.at, OUTCOMES[fact.kind], fact.amount_minor))
        else:
            self.opened.append((fact.at, fact.amount_minor))

    @property
    def refund_status(self) -> str:
        """Of a refund: its latest outcome; without one pending, if upstream ever said so."""
        if self.said:
            return "SUCCEEDED" if max(self.said)[1] else "FAILED"
        return "PENDING" if self.opened else "REQUESTED"

    @property
    def returned(self) -> bool:
        """Whether a refund had succeeded and its money came back."""
        return self.refund_status == "FAILED" and any(good for _, good, _ in self.said)

    @property
    def dispute_status(self) -> str:
        """Of a dispute: its latest outcome."""
        if not self.said:
            return "OPEN"
        return "LOST" if max(self.said)[1] else "WON"

    @property
    def disputed_minor(self) -> int:
        """What the latest fact about its opening says; without one, the outcome."""
        return max(self.opened)[1] if self.opened else max(self.said)[2]

    @property
    def lost_minor(self) -> int:
        """What a dispute took: as its outcome says, whatever was opened."""
        return max(self.said)[2] if self.dispute_status == "LOST" else 0

    @property
    def settled_at(self) -> datetime | None:
        """The first outcome from which on all say the same as the last."""
        told = sorted(self.said)
        since = None
        for at, good, _ in reversed(told):
            if good is not told[-1][1]:
                break
            since = at
        return since


@dataclass(slots=True)
class Ledger:
    """A payment while its facts come in, in whatever order."""

    amount_minor: int
    payment: dict[str, datetime] = field(default_factory=dict)
    """The earliest instant of each kind of fact about the payment itself."""
    refunds: dict[str, Answers] = field(default_factory=dict)
    disputes: dict[str, Answers] = field(default_factory=dict)

    def take(self, fact: Fact) -> int | None:
        """One more fact; the amount that it gives back, below zero for one that comes back."""
        if fact.about is None:
            self.payment[fact.kind] = min(self.payment.get(fact.kind, fact.at), fact.at)
            return None
        kept = self.refunds if fact.kind.startswith("refund_") else self.disputes
        answers = kept.setdefault(fact.about, Answers(fact.amount_minor))
        before = self.refunded_minor
        answers.take(fact)
        return self.refunded_minor - before or None

    def request(self, refund_id: str, amount_minor: int) -> bool:
        """An operator asks for a refund; False when there is not so much left to ask for."""
        left = self.amount_minor - self.refunded_minor - self.in_flight_minor - self.lost_minor
        self.refunds[refund_id] = Answers(amount_minor, requested=True)
        return self.status in ("PAID", "PARTIALLY_REFUNDED") and 0 < amount_minor <= left

    @property
    def status(self) -> str:
        """Paid > failed > created; a paid one by what went back."""
        if "payment_paid" not in self.payment:
            return "FAILED" if "payment_failed" in self.payment else "CREATED"
        if not self.refunded_minor:
            return "PAID"
        whole = self.refunded_minor >= self.amount_minor
        return "TOTALLY_REFUNDED" if whole else "PARTIALLY_REFUNDED"

    @property
    def refunded_minor(self) -> int:
        """What went back."""
        return self._refunds_in("SUCCEEDED")

    @property
    def in_flight_minor(self) -> int:
        """What waits for its final answer."""
        return self._refunds_in(*OPEN_REFUNDS)

    @property
    def lost_minor(self) -> int:
        """What disputes took."""
        return sum(dispute.lost_minor for dispute in self.disputes.values())

    @property
    def open_disputes(self) -> int:
        """How many disputes have no end yet."""
        return sum(dispute.dispute_status == "OPEN" for dispute in self.disputes.values())

    def _refunds_in(self, *statuses: str) -> int:
        return sum(r.amount_minor for r in self.refunds.values() if r.refund_status in statuses)
