"""Tokens that ended before their time, by sign-out. Every service refuses them within 10 s."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Collection

from payops_kernel.logging import get_logger

READ_AGAIN_S = 4.0
"""The list is read again at most this often: by the gateway's processes, and from them."""
PATIENCE_S = 0.5
"""One request waits so long for it; until it can be read, what was read last holds."""

log = get_logger(__name__)


def token_digest(token: str) -> str:
    """Names a token without giving it away.

    Of its signed part alone: the same signature can be written in several ways.
    """
    return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()


class RevokedTokens:
    """The digests of such tokens, kept in memory and read again when a token is looked at."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Collection[str]]],
        failures: tuple[type[Exception], ...] = (TimeoutError, OSError),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``failures`` are those of ``read`` that leave what was read last."""
        self._read = read
        self._failures = failures
        self._monotonic = monotonic
        self._held: frozenset[str] = frozenset()
        self._read_at = -READ_AGAIN_S
        self._reading = asyncio.Lock()

    def add(self, digest: str) -> None:
        """One more, from now on; it is where the list is read from already."""
        self._held |= {digest}
        self._read_at = -READ_AGAIN_S

    def holds(self, token: str) -> bool:
        """Whether a token is among them, as far as is known here."""
        return bool(self._held) and token_digest(token) in self._held

    async def has(self, token: str) -> bool:
        """Whether a token is among them."""
        await self.digests()
        return self.holds(token)

    async def digests(self) -> frozenset[str]:
        """All of them. Whoever comes while they are read does not wait."""
        if self._monotonic() - self._read_at >= READ_AGAIN_S and not self._reading.locked():
            async with self._reading:
                await self._read_again()
        return self._held

    async def _read_again(self) -> None:
        self._read_at = self._monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._held = frozenset(await self._read())
        except self._failures as error:
            log.warning("auth.revoked_unreadable", error=type(error).__name__)
