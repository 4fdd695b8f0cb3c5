"""A request to a service and its answer back, as they are, save for an allow-list of headers."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote_from_bytes

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.clients.services import ServiceClient
from gateway.clients.wire import ServiceResponse
from gateway.errors import ServiceFailed
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.logging import get_logger

BUFFERED_BYTES_MAX = 1024 * 1024
"""Answers of a known length up to this are read whole; longer and unknown ones are streamed."""

REQUEST_HEADERS = (
    "authorization",
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
)
RESPONSE_HEADERS = (
    "allow",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "etag",
    "export-id",
    "idempotency-replayed",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "vary",
    "www-authenticate",
)
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_PRINTABLE = bytes(range(0x21, 0x7F)).decode()

log = get_logger(__name__)


async def forward(request: Request, service: ServiceClient, path: str) -> Response:
    """The service's answer to this request at ``path`` (percent-encoded), query untouched.

    Raises ``ServiceDown`` when it does not answer and ``ServiceFailed`` for its defects.
    """
    body = await request.body() if request.method not in {"GET", "HEAD", "DELETE"} else None
    # What HTTP servers let through beside printable ASCII is encoded; the rest stays as it came.
    query = quote_from_bytes(request.scope["query_string"], safe=_PRINTABLE)
    answer = await service.send(
        request.method, f"{path}?{query}" if query else path, _request_headers(request), body
    )
    if answer.status in {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY}:
        answer.close()
        log.error("gateway.service_failed", peer=service.name, status=answer.status)
        raise ServiceFailed(
            f"The service {service.name} failed; quote trace_id when you report it.",
            service=service.name,
        )
    headers = {n: answer.headers[n] for n in RESPONSE_HEADERS if n in answer.headers}
    length = answer.headers.get("content-length", "")
    if answer.status in _WITHOUT_BODY or (length.isdigit() and int(length) <= BUFFERED_BYTES_MAX):
        return Response(await service.read(answer), answer.status, headers)
    headers |= {"content-length": length} if length else {}
    return StreamingResponse(_closing(answer), answer.status, headers)


async def _closing(answer: ServiceResponse) -> AsyncIterator[bytes]:
    # Here and not in a background task: those do not run when the caller goes away.
    try:
        async for part in answer.parts():
            yield part
    finally:
        answer.close()


def _request_headers(request: Request) -> dict[str, str]:
    headers = {n: request.headers[n] for n in REQUEST_HEADERS if n in request.headers}
    traceparent = current_traceparent()
    if traceparent:
        headers["traceparent"] = traceparent
    return headers
