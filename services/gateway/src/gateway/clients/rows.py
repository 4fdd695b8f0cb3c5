"""The thing that an action is done with, as its service has it now."""

from collections.abc import Mapping
from typing import Any

from gateway.clients.parts import ask
from gateway.clients.services import ServiceClient
from payops_contracts.pages import Action, Pages, placeholders
from payops_kernel.errors import NotFound
from payops_kernel.http.paths import encoded_id
from payops_kernel.ports import CommandContext
from payops_kernel.settings import UnfitSettings


class DetailReader:
    """Reads details as the caller may see them, from the services that answer for them."""

    def __init__(self, pages: Pages, services: Mapping[str, ServiceClient]) -> None:
        """``services`` by the path that they are asked at.

        Raises ``UnfitSettings`` for an action with an endpoint whose rows none of them has.
        """
        self._pages = pages
        self._services = services
        self.called_for = [each for each in pages.actions.values() if each.endpoint]
        """The actions that rows are read for."""
        for action in self.called_for:
            if (resource := self._resource(action)) not in services:
                raise UnfitSettings(
                    f"PAYOPS_PAGES: actions.{action.id}.of: no service answers {resource} alone, "
                    "and an endpoint is called with what a service has."
                )

    async def __call__(
        self, action: Action, row_id: str, context: CommandContext
    ) -> Mapping[str, Any]:
        """The answer; raises ``NotFound``, ``ServiceDown`` or ``ServiceFailed``."""
        resource = self._resource(action)
        (name,) = placeholders(resource)
        path = resource.format(**{name: encoded_id(row_id)})
        is_word = path in self._services  # such as "export", which is a route and no id
        service = self._services[resource]
        row: dict[str, Any] | None = (
            None if is_word else await ask(service, path, (), context.actor)
        )
        if row is None:
            raise NotFound(f"There is no {action.of} '{row_id}'.")
        return row

    def _resource(self, action: Action) -> str:
        return self._pages.details[action.of or ""].resource
