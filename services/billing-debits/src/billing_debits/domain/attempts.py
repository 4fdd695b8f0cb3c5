"""One attempt to collect a charge: submitted, answered, perhaps reversed.

Results fold by precedence, not by arrival: a reversal beats a success, a success beats a failure,
and any of them beats an answer that is missing. Of two of one kind the earlier stands.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.facts import RANKS, Failure, ResultFact, ResultKind
from payops_contracts.charges import AttemptStatus
from payops_contracts.ids import BatchCode, DebitId


class Outcome(NamedTuple):
    """What the processor said of an attempt."""

    at: datetime
    kind: ResultKind
    failure: Failure | None = None

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Sorts outcomes of a kind the same way in every order of arrival."""
        failure = self.failure or Failure("")
        return self.at, failure.code, failure.message or ""


@dataclass(slots=True)
class Attempt:
    """One try. ``key`` is the idempotency key of our command; None for settlement's own."""

    debit_id: DebitId
    number: int
    submitted_at: datetime
    key: str | None = None
    batch: BatchCode | None = None
    asked: int = 1
    """How often the processor was asked, under the one key."""
    unanswered_since: datetime | None = None
    """When its answer was found missing; kept until it is asked again."""
    permanent: bool = False
    """Whether nothing was tried again after its failure, or reversal."""
    retry_count: int | None = None
    """The charge's counter when it was resolved: what its row shows for good."""
    outcomes: dict[ResultKind, Outcome] = field(default_factory=dict)
    was: AttemptStatus | None = None
    """Its status when the charge was read; None when it was made since."""
    touched: bool = False
    """Whether it changed since it was read: its row is written anew."""
    outcome: Outcome | None = field(init=False, default=None)
    """What stands of all that was said; kept, for it is asked some thirty times a step."""

    def __post_init__(self) -> None:
        self._weigh()

    @property
    def initial(self) -> bool:
        """Whether it was settlement's own."""
        return self.key is None

    def hear(self, said: Outcome) -> None:
        """Take down what the processor, or settlement, said."""
        self.outcomes[said.kind] = said
        self._weigh()

    def _weigh(self) -> None:
        told = self.outcomes
        self.outcome = told[max(told, key=RANKS.__getitem__)] if told else None

    @property
    def status(self) -> AttemptStatus:
        """Where it stands, whatever the order in which the answers came."""
        said = self.outcome
        if said is None:
            missing = self.unanswered_since is not None
            return AttemptStatus.UNKNOWN if missing else AttemptStatus.SUBMITTED
        if said.kind is ResultKind.SUCCEEDED:
            return AttemptStatus.FINALIZED
        if said.kind is ResultKind.REVERSED:
            return AttemptStatus.REVERSED
        return AttemptStatus.PERMANENT_REJECTED if self.permanent else AttemptStatus.TEMP_REJECTED

    @property
    def open(self) -> bool:
        """Whether nobody knows yet what becomes of it: no other debit may be sent."""
        return not self.outcomes

    @property
    def collected(self) -> bool:
        """Whether the money is here."""
        return self.status is AttemptStatus.FINALIZED

    @property
    def failed(self) -> bool:
        """Whether it was declared failed, or went back: a retry number was used."""
        said = self.outcome
        return said is not None and said.kind is not ResultKind.SUCCEEDED

    @property
    def succeeded_at(self) -> datetime | None:
        """When it succeeded; a reversal without the word of its success tells that it had."""
        said = self.outcomes.get(ResultKind.SUCCEEDED) or self.outcomes.get(ResultKind.REVERSED)
        return None if said is None else said.at

    @property
    def resolved_at(self) -> datetime | None:
        """Since when it is as it stands."""
        return self.unanswered_since if self.outcome is None else self.outcome.at

    @property
    def failure(self) -> Failure | None:
        """Why it failed or went back."""
        return None if self.outcome is None else self.outcome.failure

    def answer(self, fact: ResultFact) -> str | None:
        """Take the processor's word; say why it changes nothing, when it changes nothing."""
        before = self.outcome
        self.touched = True
        said = Outcome(fact.cause.occurred_at, fact.kind, fact.failure)
        known = self.outcomes.get(fact.kind)
        if known is None or said.order < known.order:
            self.hear(said)
        if before is None or RANKS[fact.kind] > RANKS[before.kind]:
            return None
        stands = before.kind.value.removeprefix("debit_")
        return f"ignored: the debit had {stands} already"
