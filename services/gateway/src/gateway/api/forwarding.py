"""Routes made of the table: each one explicit, none a catch-all."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.forwarded import Forwarded
from gateway.clients.forwarding import forward
from gateway.clients.services import ServiceClient
from payops_kernel.auth.principals import Principal
from payops_kernel.http.paths import encoded_id, path_id


def forwarding_routes(
    table: Iterable[Forwarded], services: Mapping[str, ServiceClient], admit: Admission
) -> APIRouter:
    """A route for each row of the table."""
    routes = APIRouter()
    for row in table:
        routes.add_api_route(
            row.path,
            _endpoint(row, services[row.service], admit),
            methods=[row.method],
            name=row.name,
            summary=row.summary,
            tags=[row.service],
            response_class=Response,
            status_code=row.status,
            responses={row.status: _answer(row)},
            openapi_extra=_request(row),
        )
    return routes


def _endpoint(
    row: Forwarded, service: ServiceClient, admit: Admission
) -> Callable[..., Awaitable[Response]]:
    async def endpoint(
        request: Request, _caller: Annotated[Principal, Depends(admit(row.role))]
    ) -> Response:
        ids = {name: encoded_id(path_id(value)) for name, value in request.path_params.items()}
        return await forward(request, service, row.path.format_map(ids))

    return endpoint


def _request(row: Forwarded) -> dict[str, Any]:
    described: dict[str, Any] = {"parameters": [p.document() for p in row.parameters]}
    if row.body is not None:
        content = {"application/json": {"schema": row.body}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answer(row: Forwarded) -> dict[str, Any]:
    return {
        "description": row.answer,
        "content": {row.media_type: {"schema": row.schema or {}}},
    }
