"""The configuration of the pages, as the gateway holds it: read once, and when it is another."""

import asyncio
from http import HTTPStatus
from time import monotonic

from pydantic import ValidationError

from backoffice.clients.gateway import Caller
from backoffice.errors import Refused, ServiceAway, SessionOver
from payops_contracts.pages import Pages, default_pages
from payops_kernel.logging import get_logger

RESOURCE = "/v1/pages"
ASKED_AGAIN_S = 30.0
"""How often the gateway is asked whether it holds another one; it answers by the digest alone."""

log = get_logger(__name__)


class ConfiguredPages:
    """What was read last. Until then, and from a gateway that has none, the defaults hold.

    The gateway gives it to people who are signed in, so the first of them brings it here.
    """

    def __init__(self) -> None:
        self.held: Pages = default_pages()
        self.is_read = False
        """Whether the gateway has been asked at all."""
        self._etag = ""
        self._asked_at = -ASKED_AGAIN_S
        self._asking = asyncio.Lock()

    async def current(self, gateway: Caller) -> Pages:
        """The gateway's; what is held, while that does not answer."""
        if self._is_due() and not (self.is_read and self._asking.locked()):
            async with self._asking:
                if self._is_due():
                    await self._ask(gateway)
        return self.held

    def _is_due(self) -> bool:
        return monotonic() - self._asked_at >= ASKED_AGAIN_S

    async def _ask(self, gateway: Caller) -> None:
        headers = {"if-none-match": self._etag} if self._etag else {}
        try:
            answer = await gateway.ask("GET", RESOURCE, headers=headers)
            if answer.status != HTTPStatus.NOT_MODIFIED:
                self.held = Pages.model_validate(answer.body["pages"])
                self._etag = answer.headers["etag"]
                log.info("pages.read", digest=answer.body["digest"])
        except SessionOver:
            return  # whoever comes next asks; this visit finds out by itself
        except (Refused, ServiceAway, ValidationError, KeyError, TypeError) as error:
            log.warning("pages.not_read", error=type(error).__name__)
        self.is_read = True
        self._asked_at = monotonic()
