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


async def read_preferences(gateway: Caller) -> Preferences | None:
    """The person's preferences; None when they cannot be read now. Raises ``SessionOver``."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return Preferences.read(await gateway.get(RESOURCE))
    except (Refused, ServiceAway, TimeoutError):
        return None
