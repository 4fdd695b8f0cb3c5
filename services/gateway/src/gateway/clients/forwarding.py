"""A request to a service and its answer back, as they are, save for an allow-list of headers."""

from http import HTTPStatus
from urllib.parse import quote_from_bytes

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.clients.services import ServiceClient
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
    "idempotency-replayed",
    "last-modified",
    "location",
    "retry-after",
    "vary",
    "www-authenticate",
)
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
    if answer.status_code in {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY}:
        await answer.aclose()
        log.error("gateway.service_failed", peer=service.name, status=answer.status_code)
        raise ServiceFailed(
            f"The service {service.name} failed; quote trace_id when you report it.",
            service=service.name,
        )
    headers = {n: answer.headers[n] for n in RESPONSE_HEADERS if n in answer.headers}
    length = answer.headers.get("content-length", "")
    if not length.isdigit() or int(length) > BUFFERED_BYTES_MAX:
        headers |= {"content-length": length} if length else {}
        return StreamingResponse(
            answer.aiter_raw(),
            answer.status_code,
            headers,
            background=BackgroundTask(answer.aclose),
        )
    return Response(await _whole(answer, service), answer.status_code, headers)


def _request_headers(request: Request) -> dict[str, str]:
    headers = {n: request.headers[n] for n in REQUEST_HEADERS if n in request.headers}
    traceparent = current_traceparent()
    if traceparent:
        headers["traceparent"] = traceparent
    # Without it httpx would ask for encodings that our caller may not read.
    headers.setdefault("accept-encoding", "identity")
    return headers


async def _whole(answer: httpx.Response, service: ServiceClient) -> bytes:
    try:
        return b"".join([part async for part in answer.aiter_raw()])
    except httpx.TransportError as error:
        raise service.down(error) from error
    finally:
        await answer.aclose()
