"""Who is let in, and how often: what every route that needs a caller asks."""

from collections.abc import Awaitable, Callable

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.http.rates import TokenBuckets

Admission = Callable[[UserRole], Callable[..., Awaitable[Principal]]]
"""Makes the dependency of a route that needs a caller of a role: the kernel's ``requires``."""


class AdmittingVerifier(TokenVerifier):
    """A verifier that lets a caller come as often as its rate allows (429)."""

    def __init__(self, verifier: TokenVerifier, buckets: TokenBuckets) -> None:
        self._verifier = verifier
        self._buckets = buckets

    async def verify(self, token: str) -> Principal:
        """The caller; raises as the verifier does, or ``RateLimited``."""
        caller = await self._verifier.verify(token)
        self._buckets.take(caller.subject)
        return caller
