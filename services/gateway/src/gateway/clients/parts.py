"""A part of an answer that a service gives: one question of ours in its caller's name."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import orjson

from gateway.clients.services import ServiceClient
from gateway.errors import ServiceDown, ServiceFailed
from payops_kernel.auth.principals import Principal
from payops_kernel.errors import NotFound, PayOpsError
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.mongo import PyMongoError

PART_TIMEOUT_S = 3.0
"""A part that takes longer is missing; the others are answered."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Missing:
    """Who did not give its part, and why."""

    service: str
    detail: str


async def ask(
    service: ServiceClient, path: str, query: Iterable[tuple[str, str]], caller: Principal
) -> Any:
    """The JSON of the service's answer to a GET; None when it says that there is no such thing.

    Raises ``ServiceDown``, or ``ServiceFailed`` for any other answer.
    """
    headers = {"authorization": f"Bearer {caller.token}", "accept": "application/json"}
    if (traceparent := current_traceparent()) is not None:
        headers["traceparent"] = traceparent
    asked = urlencode(list(query), quote_via=quote)
    answer = await service.send("GET", f"{path}?{asked}" if asked else path, headers)
    body = await service.read(answer)
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    if answer.status != HTTPStatus.OK:
        raise ServiceFailed(
            f"The service {service.name} answered {answer.status}.", service=service.name
        )
    return orjson.loads(body)


def deadline() -> float:
    """Until when parts are waited for that are asked for now."""
    return asyncio.get_running_loop().time() + PART_TIMEOUT_S


async def part(service: str, asked: Awaitable[T], until: float | None = None) -> T | Missing:
    """What is asked for, or why it is missing; ``until`` is the deadline of an answer's parts."""
    try:
        async with asyncio.timeout_at(until or deadline()):
            return await asked
    except TimeoutError:
        return Missing(service, "It did not answer in time.")
    except PayOpsError as error:
        return Missing(service, str(error))
    except orjson.JSONDecodeError:
        return Missing(service, "Its answer could not be read.")
    except PyMongoError:
        return Missing(service, "Its database does not answer.")


async def whole(
    service: ServiceClient, path: str, caller: Principal, until: float, otherwise: str
) -> dict[str, Any]:
    """The thing that an answer is about. Raises ``NotFound``, saying ``otherwise``; and
    ``ServiceDown``, for without it there is nothing to answer."""
    found = await part(service.name, ask(service, path, (), caller), until)
    if found is None:
        raise NotFound(otherwise)
    if isinstance(found, Missing):
        said = f"The service {service.name} is missing: {found.detail}"
        raise ServiceDown(said, service=service.name)
    return dict(found)
