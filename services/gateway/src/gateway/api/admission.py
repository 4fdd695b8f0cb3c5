"""Who is let in, and how often: the dependency of every route that needs a caller."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol

from fastapi import Depends

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, Scope, UserRole
from payops_kernel.http.rates import TokenBuckets


class Admission(Protocol):
    """Makes the dependency of a route from what its caller needs."""

    def __call__(
        self, role: UserRole, scope: Scope | None = None
    ) -> Callable[..., Awaitable[Principal]]:
        """A dependency that gives the caller."""
        ...


def admission(buckets: TokenBuckets) -> Admission:
    """Makes dependencies that check the caller's role, then its rate (429)."""

    def admit(role: UserRole, scope: Scope | None = None) -> Callable[..., Awaitable[Principal]]:
        authenticated = requires(role, scope)

        async def admitted(caller: Annotated[Principal, Depends(authenticated)]) -> Principal:
            buckets.take(caller.subject)
            return caller

        return admitted

    return admit
