"""Sign-out: the caller's token is good for nothing from now on."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from payops_kernel.auth.principals import Principal
from payops_kernel.auth.revoked import RevokedTokens, token_digest
from payops_kernel.logging import get_logger

KEPT_LONGER = timedelta(minutes=1)
"""Past the token's own end, for clocks that are apart."""
LATEST_S = datetime(9000, 1, 1, tzinfo=UTC).timestamp()

log = get_logger(__name__)


class KeepsRevoked(Protocol):
    """Where the digests of revoked tokens are kept."""

    async def keep(self, digest: str, expires_at: datetime) -> None:
        """Keep a digest until then; one that is kept already stays."""
        ...


class SignOut:
    """The use case behind ``POST /v1/sign-out``."""

    def __init__(self, kept: KeepsRevoked, revoked: RevokedTokens) -> None:
        self._kept = kept
        self._revoked = revoked

    async def __call__(self, caller: Principal) -> None:
        """Refuse the caller's token: here at once, everywhere within 10 s."""
        digest = token_digest(caller.token)
        ends_at = datetime.fromtimestamp(min(caller.expires_at, LATEST_S), UTC)
        await self._kept.keep(digest, ends_at + KEPT_LONGER)
        self._revoked.add(digest)
        log.info("sign_out.done", token=digest[:12])
