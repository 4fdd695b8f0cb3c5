"""The thing that an action is done with, as its service has it now."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson

from gateway.clients.services import ServiceClient
from gateway.errors import ServiceFailed
from payops_contracts.pages import Action, Pages, placeholders
from payops_kernel.errors import Forbidden, NotFound
from payops_kernel.http.paths import encoded_id
from payops_kernel.ports import CommandContext

_REFUSALS = {HTTPStatus.NOT_FOUND: NotFound, HTTPStatus.FORBIDDEN: Forbidden}


class DetailReader:
    """Reads details as the caller may see them, from the services that answer for them."""

    def __init__(self, pages: Pages, services: Mapping[str, ServiceClient]) -> None:
        """``services`` by the path that they are asked at."""
        self._pages = pages
        self._services = services

    async def __call__(
        self, action: Action, row_id: str, context: CommandContext
    ) -> Mapping[str, Any]:
        """The answer; raises ``NotFound``, ``Forbidden``, ``ServiceDown`` or ``ServiceFailed``."""
        resource = self._pages.details[action.of or ""].resource
        (name,) = placeholders(resource)
        service = self._services[resource]
        answer = await service.send(
            "GET",
            resource.format(**{name: encoded_id(row_id)}),
            {"authorization": f"Bearer {context.actor.token}"},
        )
        body = await service.read(answer)
        if answer.status in _REFUSALS:
            raise _REFUSALS[HTTPStatus(answer.status)](_said(body, row_id))
        if answer.status != HTTPStatus.OK:
            raise ServiceFailed(f"The service {service.name} failed.", service=service.name)
        row: dict[str, Any] = orjson.loads(body)
        return row


def _said(body: bytes, row_id: str) -> str:
    try:
        return str(orjson.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"There is nothing with the id '{row_id}'."
