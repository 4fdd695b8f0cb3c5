"""What a person has chosen, as the gateway keeps it: read at sign-in, and again when it is old."""

import asyncio

from backoffice.clients.gateway import Caller
from backoffice.errors import Refused, ServiceAway
from backoffice.session.preferences import Preferences

RESOURCE = "/v1/me/preferences"
READ_AGAIN_S = 30.0
"""A page that is asked for later than this after the last reading reads again."""
PATIENCE_S = 0.2
"""No page waits longer for it; it then looks as before."""


async def kept_preferences(gateway: Caller) -> Preferences:
    """The person's preferences; raises what the gateway's routes raise."""
    return Preferences.read(await gateway.get(RESOURCE))


async def read_preferences(gateway: Caller) -> Preferences | None:
    """As :func:`kept_preferences` for a page that has others: None when they cannot be read soon.

    Raises ``SessionOver``.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await kept_preferences(gateway)
    except (Refused, ServiceAway, TimeoutError):
        return None
