"""What a person has to settle about a charge: opened by what happened, resolved by what followed
or by a person with a reason."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from payops_contracts.charges import ChargeException
from payops_contracts.ids import ChargeId, DebitId


@dataclass(slots=True)
class DebitException:
    """One exception of a charge; at most one of a kind and attempt."""

    kind: ChargeException
    opened_at: datetime
    debit_id: DebitId | None = None
    amount_minor: int = 0
    """What is owed back, or may have been collected, in minor units of the charge's currency."""
    owner: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    """A person; None when what followed resolved it."""
    resolution: str | None = None
    touched: bool = False

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.resolved_at is None

    def id_of(self, charge_id: ChargeId) -> str:
        """Its id among all exceptions: short, and the same for good."""
        said = "\x1f".join([charge_id, self.kind.value, self.debit_id or ""])
        return f"ex-{sha256(said.encode()).hexdigest()[:24]}"
