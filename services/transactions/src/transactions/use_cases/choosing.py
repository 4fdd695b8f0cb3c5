"""What bulk actions share: which transactions were chosen, and who asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payops_kernel.auth.principals import Principal, UserRole
from transactions.use_cases.filters import TransactionFilter


@dataclass(frozen=True, slots=True)
class Chosen:
    """Selected rows, or all rows of a filter."""

    ids: tuple[str, ...] = ()
    filter: TransactionFilter | None = None

    def unknown(self, found: int) -> int:
        """How many of the selected ids are of no transaction, when ``found`` are."""
        return len(set(self.ids)) - found if self.filter is None else 0


def stored_actor(actor: Principal) -> dict[str, Any]:
    """Who asked, as the job's request keeps it; never the token."""
    return {
        "subject": actor.subject,
        "name": actor.name,
        "roles": [role.value for role in actor.roles],
    }


def actor_of(request: Mapping[str, Any]) -> Principal:
    """Who asked for the job, for the audit records of its rows."""
    actor = request["actor"]
    roles = [UserRole(role) for role in actor["roles"]]
    return Principal.of(actor["subject"], actor["name"], roles, token="")
