"""The one way a route says who may call it: ``Depends(requires(UserRole.OPERATOR))``."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.errors import Forbidden, Unauthenticated
from payops_kernel.http.parameters import check_query

ROLE_MARK = "x-payops-role"
"""What an OpenAPI operation says of the role that its caller needs."""

_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="A token of the configured issuer; roles viewer, operator, approver, admin.",
    auto_error=False,
)


def requires(role: UserRole) -> Callable[..., Awaitable[Principal]]:
    """A dependency that gives the :class:`Principal`, who reaches at least as far as ``role``.

    Without a valid token: 401; with one of a lower role: 403; without a key set: 503; with a query
    parameter that the route does not have: 422. The route's operation is marked with the role.
    """
    return _Requires(role)


@dataclass(frozen=True, slots=True)
class _Requires:
    role: UserRole

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Principal:
        if credentials is None:
            raise Unauthenticated("Send a bearer token in the Authorization header.")
        verifier: TokenVerifier = request.app.state.verifier
        principal = await verifier.verify(credentials.credentials)
        if not principal.may(self.role):
            raise Forbidden(f"This needs the role {self.role}.", required_role=self.role.value)
        # Who may not call is not told how to.
        check_query(request)
        return principal


def mark_roles(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Say of each operation of an OpenAPI document which role its route requires, if any."""
    for route in iter_route_contexts(routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        role = max(_roles(route.dependant), key=lambda role: role.rank, default=None)
        for method in route.methods or () if role else ():
            document["paths"][route.path_format][method.lower()][ROLE_MARK] = str(role)


def _roles(dependant: Dependant) -> Iterator[UserRole]:
    if isinstance(dependant.call, _Requires):
        yield dependant.call.role
    for inner in dependant.dependencies:
        yield from _roles(inner)


ViewerCaller = Annotated[Principal, Depends(requires(UserRole.VIEWER))]
"""A parameter of a route: the caller, whoever may look."""
