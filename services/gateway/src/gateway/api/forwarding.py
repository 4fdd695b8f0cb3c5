"""Routes made of the table: each one explicit, none a catch-all."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.forwarded import BY_ID, JSON, OBJECT_SCHEMA, Forwarded
from gateway.clients.forwarding import forward
from gateway.clients.services import ServiceClient
from payops_kernel.auth.principals import Principal
from payops_kernel.errors import NotFound
from payops_kernel.http.announcing import refusals
from payops_kernel.http.paths import encoded_id, path_id
from payops_kernel.jobs.ids import service_of

Services = Mapping[str, ServiceClient]


def forwarding_routes(
    table: Iterable[Forwarded], services: Services, admit: Admission
) -> APIRouter:
    """A route for each row of the table."""
    routes = APIRouter()
    for row in table:
        routes.add_api_route(
            row.path,
            _endpoint(row, services, admit),
            methods=[row.method],
            name=row.name,
            summary=row.summary,
            tags=[row.tag],
            response_class=Response,
            status_code=row.status,
            responses=_answers(row),
            openapi_extra=_request(row),
        )
    return routes


def _endpoint(
    row: Forwarded, services: Services, admit: Admission
) -> Callable[..., Awaitable[Response]]:
    async def endpoint(
        request: Request, _caller: Annotated[Principal, Depends(admit(row.role))]
    ) -> Response:
        ids = {name: path_id(value) for name, value in request.path_params.items()}
        encoded = {name: encoded_id(value) for name, value in ids.items()}
        service = _service_for(row, ids, services)
        return await forward(request, service, row.path.format_map(encoded))

    return endpoint


def _service_for(row: Forwarded, ids: Mapping[str, str], services: Services) -> ServiceClient:
    if row.service != BY_ID:
        return services[row.service]
    (wanted,) = ids.values()
    service = services.get(service_of(wanted))
    if service is None:
        raise NotFound(f"There is nothing with the id '{wanted}' under /v1/{row.tag}.")
    return service


def _request(row: Forwarded) -> dict[str, Any]:
    described: dict[str, Any] = {"parameters": [p.document() for p in row.parameters]}
    if row.body is not None:
        content = {"application/json": {"schema": row.body}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answers(row: Forwarded) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": row.schema or {}}
    answers: dict[int | str, dict[str, Any]] = {
        row.status: {
            "description": row.answer,
            "content": dict.fromkeys(row.media_types, schema),
        }
    }
    if row.or_job:
        answers[202] = {
            "description": "More rows than are answered at once: a job makes the file.",
            "content": {JSON: {"schema": OBJECT_SCHEMA}},
        }
    if row.or_unchanged:
        answers[304] = {"description": "The caller has it already."}
    return answers | refusals(429, 502, *row.refusals)
