"""One payment's books: what facts and requests, taken one by one, make of it."""

from dataclasses import dataclass, field
from datetime import datetime

from faultlab.checker.facts import Fact

OPEN_REFUNDS = ("REQUESTED", "PENDING", "UNKNOWN")


@dataclass(slots=True)
class Answers:
    """What was said of one refund or dispute: the earliest instant of each kind of fact."""

    amount_minor: int
    requested: bool = False
    """Asked for by an operator; otherwise upstream made it by itself."""
    at: dict[str, datetime] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        """One more fact about it."""
        self.at[fact.kind] = min(self.at.get(fact.kind, fact.at), fact.at)

    @property
    def refund_status(self) -> str:
        """Of a refund: succeeded > failed > pending > only requested."""
        for word in ("succeeded", "failed", "pending"):
            if f"refund_{word}" in self.at:
                return word.upper()
        return "REQUESTED"

    @property
    def dispute_status(self) -> str:
        """Of a dispute: the earlier of won and lost, won when both are told of one instant."""
        won, lost = self.at.get("dispute_won"), self.at.get("dispute_lost")
        if won is not None and (lost is None or won <= lost):
            return "WON"
        return "OPEN" if lost is None else "LOST"


@dataclass(slots=True)
class Ledger:
    """A payment while its facts come in, in whatever order."""

    amount_minor: int
    payment: dict[str, datetime] = field(default_factory=dict)
    """The earliest instant of each kind of fact about the payment itself."""
    refunds: dict[str, Answers] = field(default_factory=dict)
    disputes: dict[str, Answers] = field(default_factory=dict)

    def take(self, fact: Fact) -> int | None:
        """One more fact; the amount that it gives back when it is the first to do so."""
        if fact.about is None:
            self.payment[fact.kind] = min(self.payment.get(fact.kind, fact.at), fact.at)
            return None
        kept = self.refunds if fact.kind.startswith("refund_") else self.disputes
        answers = kept.setdefault(fact.about, Answers(fact.amount_minor))
        first = fact.kind == "refund_succeeded" and fact.kind not in answers.at
        answers.take(fact)
        return fact.amount_minor if first else None

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
        return sum(d.amount_minor for d in self.disputes.values() if d.dispute_status == "LOST")

    @property
    def open_disputes(self) -> int:
        """How many disputes have no end yet."""
        return sum(dispute.dispute_status == "OPEN" for dispute in self.disputes.values())

    def _refunds_in(self, *statuses: str) -> int:
        return sum(r.amount_minor for r in self.refunds.values() if r.refund_status in statuses)
