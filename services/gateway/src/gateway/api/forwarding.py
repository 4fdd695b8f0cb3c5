"""A route for each operation of the services: each one explicit, none a catch-all."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.operations import Operation
from gateway.clients.forwarding import forward
from gateway.clients.services import ServiceClient
from payops_kernel.auth.dependencies import ROLE_MARK, SCOPE_MARK
from payops_kernel.auth.principals import Principal
from payops_kernel.errors import NotFound
from payops_kernel.http.announcing import refusals
from payops_kernel.http.paths import encoded_id, path_id
from payops_kernel.jobs.ids import service_of

Services = Mapping[str, ServiceClient]

ADDED = (429, 502, 503)
"""Problems that the gateway may answer in place of any service."""
_SAID_BY_ADMISSION = {"security", ROLE_MARK, SCOPE_MARK}


def forwarding_routes(
    operations: Iterable[Operation], services: Services, admit: Admission
) -> APIRouter:
    """The routes, described as the services describe them."""
    routes = APIRouter()
    for operation in operations:
        described = operation.described.items()
        routes.add_api_route(
            operation.path,
            _endpoint(operation, services, admit),
            methods=[operation.method],
            name=operation.described["operationId"],
            response_class=Response,
            status_code=operation.status,
            responses=refusals(*ADDED),
            openapi_extra={k: part for k, part in described if k not in _SAID_BY_ADMISSION},
        )
    return routes


def _endpoint(
    operation: Operation, services: Services, admit: Admission
) -> Callable[..., Awaitable[Response]]:
    admitted = admit(operation.role, operation.scope)

    async def endpoint(
        request: Request, _caller: Annotated[Principal, Depends(admitted)]
    ) -> Response:
        ids = {name: path_id(value) for name, value in request.path_params.items()}
        encoded = {name: encoded_id(value) for name, value in ids.items()}
        service = _service_for(operation, ids, services)
        return await forward(request, service, operation.path.format_map(encoded))

    return endpoint


def _service_for(operation: Operation, ids: Mapping[str, str], services: Services) -> ServiceClient:
    if not operation.is_by_id:
        return services[operation.service]
    (wanted,) = ids.values()
    service = services.get(service_of(wanted))
    if service is None:
        place = "/".join(operation.path.split("/")[:3])
        raise NotFound(f"There is nothing with the id '{wanted}' under {place}.")
    return service
