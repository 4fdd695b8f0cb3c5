"""From an HTTP request to a command's context, and from its answer back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.paths import encoded_id, path_id
from payops_kernel.http.responses import JsonResponse
from payops_kernel.http.tracing import current_traceparent
from payops_kernel.ports import CommandAnswer, CommandContext, RequestIdentity

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


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what under which key, all but the body."""

    actor: Principal
    route: str
    """The method and the path, with the ids in it: keys are one caller's and one route's."""
    key: str
    subject: str | None

    def context(self, body: BaseModel) -> CommandContext:
        """The command's context; its reason and comment are the body's, if it has any."""
        return CommandContext(
            actor=self.actor,
            identity=RequestIdentity.of(
                self.actor.subject, self.route, self.key, body.model_dump(mode="json")
            ),
            reason=getattr(body, "reason", None),
            comment=getattr(body, "comment", None),
            traceparent=current_traceparent(),
            subject=self.subject,
        )


def asked_by(role: UserRole, about: str | None = None) -> Callable[..., Awaitable[Asked]]:
    """A dependency of a route that takes a command under a key from who reaches up to ``role``.

    ``about`` is the path parameter of the one thing that the command is about, if it is one: such
    commands about different things may share a transaction.
    """

    async def asked(
        request: Request,
        key: IdempotencyKey,
        actor: Annotated[Principal, Depends(requires(role))],
    ) -> Asked:
        ids = {name: path_id(value) for name, value in request.path_params.items()}
        path: str = request.scope["route"].path
        encoded = path.format(**{name: encoded_id(value) for name, value in ids.items()})
        subject = None if about is None else ids[about]
        return Asked(actor, f"{request.method} {encoded}", key, subject)

    return asked


def keyless_context(actor: Principal) -> CommandContext:
    """The context of a request that needs no key: doing it twice is no harm."""
    return CommandContext(actor=actor, traceparent=current_traceparent())


def command_response(answer: CommandAnswer) -> Response:
    """The answer as HTTP; a replayed one says so."""
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    return JsonResponse(answer.body, status_code=answer.status, headers=headers)
