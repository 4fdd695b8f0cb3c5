"""What settlement and the debit processor say, in the domain's own words.

Named tuples, not frozen dataclasses: thousands are made a second, and these cost a third.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from payops_contracts.charges import ChargeHistoryEvent, ChargeType, Rail
from payops_contracts.ids import ChargeId, DebitId, MpassNumber
from payops_kernel.facts import Cause as Cause


class Failure(NamedTuple):
    """Why a debit failed or was reversed, in the processor's words."""

    code: str
    message: str | None = None


class Payer(NamedTuple):
    """The member, as settlement knows them."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Consumption(NamedTuple):
    """One consumption transaction of a charge; its amount is without tax."""

    transaction_id: str
    amount_minor: int
    occurred_at: datetime
    description: str | None = None


class TaxLine(NamedTuple):
    """One rate of a charge's tax: ``tax_minor`` is contained in ``amount_minor``."""

    amount_minor: int
    rate_ppm: int
    tax_minor: int
    description: str | None = None

    @property
    def net_minor(self) -> int:
        """The line without its tax."""
        return self.amount_minor - self.tax_minor


class InitialAttempt(NamedTuple):
    """Settlement's own first attempt to collect, and how it ended."""

    debit_id: DebitId
    at: datetime
    succeeded: bool
    failure: Failure | None = None


class Raised(NamedTuple):
    """A charge as settlement raised it; never changes."""

    charge_id: ChargeId
    created_at: datetime
    mpass_number: MpassNumber
    payer: Payer
    billing_code: str
    cycle: str | None
    """``YYYYMM01``, or none."""
    type: ChargeType
    amount_minor: int
    currency: str
    rail: Rail
    description: str
    tax: tuple[TaxLine, ...]
    consumption: tuple[Consumption, ...] = ()

    @property
    def tax_minor(self) -> int:
        """The tax in all lines, each rounded by itself."""
        return sum(line.tax_minor for line in self.tax)

    @property
    def net_minor(self) -> int:
        """The amount without tax."""
        return self.amount_minor - self.tax_minor


class RaisedFact(NamedTuple):
    """Settlement raised a charge."""

    cause: Cause
    raised: Raised
    initial: InitialAttempt | None = None

    @property
    def charge_id(self) -> ChargeId:
        """The charge that it is about."""
        return self.raised.charge_id


class EndKind(StrEnum):
    """Why settlement wants a charge no longer."""

    WITHDRAWN = ChargeHistoryEvent.WITHDRAWN.value
    SETTLED = ChargeHistoryEvent.SETTLED.value


class EndedFact(NamedTuple):
    """Settlement wants a charge no longer."""

    cause: Cause
    charge_id: ChargeId
    kind: EndKind
    reason: str | None = None


class ResultKind(StrEnum):
    """What became of a debit."""

    FAILED = ChargeHistoryEvent.FAILED.value
    SUCCEEDED = ChargeHistoryEvent.SUCCEEDED.value
    REVERSED = ChargeHistoryEvent.REVERSED.value


RANKS = {ResultKind.FAILED: 0, ResultKind.SUCCEEDED: 1, ResultKind.REVERSED: 2}
"""Results of one debit fold by precedence, not by arrival: reversed > succeeded > failed."""


class ResultFact(NamedTuple):
    """The debit processor's word on one attempt."""

    cause: Cause
    charge_id: ChargeId
    debit_id: DebitId
    kind: ResultKind
    amount_minor: int
    currency: str
    failure: Failure | None = None


Fact = RaisedFact | EndedFact | ResultFact
