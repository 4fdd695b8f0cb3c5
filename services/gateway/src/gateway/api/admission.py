"""Who is let in, and how often: the dependency of every route that needs a caller."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.rates import TokenBuckets

Admission = Callable[[UserRole], Callable[..., Awaitable[Principal]]]


def admission(buckets: TokenBuckets) -> Admission:
    """Makes dependencies that check the caller's role, then its rate (429)."""

    def admit(role: UserRole) -> Callable[..., Awaitable[Principal]]:
        authenticated = requires(role)

        async def admitted(caller: Annotated[Principal, Depends(authenticated)]) -> Principal:
            buckets.take(caller.subject)
            return caller

        return admitted

    return admit
