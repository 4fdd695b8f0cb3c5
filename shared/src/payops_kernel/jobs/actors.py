"""Who asked for a job, as its request keeps it: for the audit records that the job writes."""

from collections.abc import Mapping
from typing import Any

from payops_kernel.auth.principals import Principal, UserRole


def stored_actor(actor: Principal) -> dict[str, Any]:
    """A principal as part of a request; never the token."""
    return {
        "subject": actor.subject,
        "name": actor.name,
        "roles": sorted(role.value for role in actor.roles),
    }


def actor_of(request: Mapping[str, Any]) -> Principal:
    """Who asked."""
    actor = request["actor"]
    roles = [UserRole(role) for role in actor["roles"]]
    return Principal.of(actor["subject"], actor["name"], roles, token="")
