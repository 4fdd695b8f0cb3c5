"""From an HTTP request to a command's context, and from its answer back."""

from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import Response

from payops_kernel.auth.principals import Principal
from payops_kernel.http.responses import JsonResponse
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.ports import Answer, CommandContext, RequestIdentity

KEY_PATTERN = "^[!-~]([ -~]*[!-~])?$"
"""Printable ASCII: headers have no encoding that all who forward them agree on."""

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=KEY_PATTERN,
        description=(
            "Yours to choose, one a change, in ASCII. The same key and body give the first answer."
        ),
    ),
]
"""Required on every route that moves money."""


def command_context(
    actor: Principal,
    route: str,
    key: str,
    body: Any,
    *,
    reason: str | None = None,
    comment: str | None = None,
) -> CommandContext:
    """The context of a request; ``route`` has the path's ids in it."""
    return CommandContext(
        actor=actor,
        identity=RequestIdentity.of(actor.subject, route, key, body),
        reason=reason,
        comment=comment,
        traceparent=current_traceparent(),
    )


def keyless_context(actor: Principal) -> CommandContext:
    """The context of a request that needs no key: doing it twice is no harm."""
    return CommandContext(actor=actor, traceparent=current_traceparent())


def command_response(answer: Answer) -> Response:
    """The answer as HTTP; a replayed one says so."""
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    return JsonResponse(answer.body, status_code=answer.status, headers=headers)
