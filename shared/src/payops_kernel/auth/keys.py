"""The pinned key set (JWKS) that bearer tokens are verified with; it fails closed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import orjson
from jwt import PyJWK, PyJWTError

from payops_kernel.errors import Unavailable
from payops_kernel.logging import get_logger

ALGORITHMS = frozenset({"EdDSA", "RS256", "ES256"})
"""The only signatures that are accepted, whatever a token's header says."""
REFRESH_INTERVAL_S = 30.0
"""An unknown key id makes the set be read again at most this often."""
RETRY_INTERVAL_S = 1.0
"""While the set has never been read, it is tried again at most this often."""
KEYS_AGE_MAX_S = 300.0
"""Older keys are read again, so that a withdrawn one stops working."""
KEYS_AGE_DEAD_S = 3600.0
"""Keys that could not be read again for this long are no longer trusted."""
FETCH_TIMEOUT_S = 3.0
KEYS_MAX = 100

log = get_logger(__name__)


async def read_source(source: str) -> bytes:
    """The bytes of a JWKS at a file path or an http(s) URL; any failure raises."""
    if source.startswith(("http://", "https://")):
        async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_S) as client:
            answer = await client.get(source, follow_redirects=False)
            answer.raise_for_status()
            return answer.content
    return await asyncio.to_thread(Path(source).read_bytes)


def parse_keys(raw: bytes) -> dict[str, PyJWK]:
    """Usable keys by id; keys without an id or with another algorithm are left out."""
    document = orjson.loads(raw)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("a JWKS has a list named 'keys'")
    keys: dict[str, PyJWK] = {}
    for entry in entries[:KEYS_MAX]:
        key_id = entry.get("kid") if isinstance(entry, dict) else None
        if not isinstance(key_id, str):
            continue
        try:
            key = PyJWK(entry)
        except PyJWTError:
            continue
        if key.algorithm_name in ALGORITHMS:
            keys[key_id] = key
    return keys


class JwksKeys:
    """A key set read from a file or URL, kept in memory, read again when it must be."""

    def __init__(
        self,
        source: str,
        read: Callable[[str], Awaitable[bytes]] = read_source,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._read = read
        self._monotonic = monotonic
        self._keys: dict[str, PyJWK] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> PyJWK | None:
        """The key with this id, or None; raises ``Unavailable`` when no set can be read."""
        if not self._source:
            raise Unavailable("No key set is configured; set PAYOPS_AUTH_JWKS to a file or URL.")
        # Whoever comes while the first reading goes on waits for it.
        if self._due(key_id) or (self._read_at is None and self._lock.locked()):
            async with self._lock:
                if self._due(key_id):
                    await self._load()
        if self._read_at is None or self._monotonic() - self._read_at > KEYS_AGE_DEAD_S:
            raise Unavailable("The key set that verifies tokens cannot be read; try again.")
        return self._keys.get(key_id)

    def _due(self, key_id: str) -> bool:
        now = self._monotonic()
        since_try = float("inf") if self._tried_at is None else now - self._tried_at
        if self._read_at is None:
            return since_try >= RETRY_INTERVAL_S
        stale = now - self._read_at > KEYS_AGE_MAX_S
        return (stale or key_id not in self._keys) and since_try >= REFRESH_INTERVAL_S

    async def _load(self) -> None:
        self._tried_at = self._monotonic()
        try:
            self._keys = parse_keys(await self._read(self._source))
        except (OSError, ValueError, httpx.HTTPError) as error:
            log.warning("auth.keys_unreadable", error=type(error).__name__)
            return
        self._read_at = self._monotonic()
        log.info("auth.keys_read", keys=len(self._keys))


class FixedKeys:
    """Keys that are known from the start: the local issuer's own, or a test's."""

    def __init__(self, jwks: bytes) -> None:
        self._keys = parse_keys(jwks)

    async def find(self, key_id: str) -> PyJWK | None:
        """The key with this id, or None."""
        return self._keys.get(key_id)
