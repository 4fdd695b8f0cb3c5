"""The list of revoked tokens where a service finds it: at the gateway."""

from collections.abc import Collection

import httpx
import orjson

from payops_kernel.auth.revoked import PATIENCE_S, RevokedTokens

FAILURES = (TimeoutError, OSError, ValueError, KeyError, TypeError, httpx.HTTPError)


def revoked_at(url: str) -> RevokedTokens:
    """Those that the gateway lists at ``url``.

    One client for all readings, unlike ``keys.read_source``, which makes one each time: a client
    loads the machine's certificates, and this list is read every 4 s.
    """
    # No connection outlives its answer, so there is nothing to close.
    limits = httpx.Limits(max_keepalive_connections=0)
    client = httpx.AsyncClient(limits=limits, timeout=PATIENCE_S, trust_env=False)

    async def read() -> Collection[str]:
        answer = await client.get(url)
        answer.raise_for_status()
        return [str(each) for each in orjson.loads(answer.content)["revoked"]]

    return RevokedTokens(read, FAILURES)
