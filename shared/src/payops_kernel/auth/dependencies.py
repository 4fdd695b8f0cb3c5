"""The one way a route says who may call it: ``Depends(requires(UserRole.OPERATOR))``."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from payops_kernel.auth.principals import Principal, Scope, UserRole
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.errors import Forbidden, Unauthenticated
from payops_kernel.http.parameters import check_query

ROLE_MARK = "x-payops-role"
"""What an OpenAPI operation says of the role that its caller needs."""
SCOPE_MARK = "x-payops-scope"
"""What it says of the scope that suffices without any role, where there is one."""

_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="A token of the configured issuer; roles viewer, operator, approver, admin.",
    auto_error=False,
)


def requires(role: UserRole, scope: Scope | None = None) -> Callable[..., Awaitable[Principal]]:
    """A dependency that gives the :class:`Principal`, who reaches at least as far as ``role``.

    With ``scope``, a token of that scope suffices. Without a valid token: 401; with one of a lower
    role, or against the limits of its own: 403; without a key set: 503; with a query parameter
    that the route does not have: 422. The route's operation is marked with role and scope.
    """
    return _Requires(role, scope)


@dataclass(frozen=True, slots=True)
class _Requires:
    role: UserRole
    scope: Scope | None = None

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Principal:
        if credentials is None:
            raise Unauthenticated("Send a bearer token in the Authorization header.")
        verifier: TokenVerifier = request.app.state.verifier
        principal = await verifier.verify(credentials.credentials)
        if not principal.may(self.role, self.scope):
            raise Forbidden(f"This needs the role {self.role}.", required_role=self.role.value)
        _keep_limits(principal, request)
        # Who may not call is not told how to.
        check_query(request)
        return principal


def _keep_limits(principal: Principal, request: Request) -> None:
    """Raise ``Forbidden`` where a limit of the token is left out, altered, or given beside more."""
    for name, value in principal.limits.items():
        if request.query_params.getlist(name) != [value]:
            raise Forbidden(f"This token is good for {name}={value} alone; ask for that, once.")


def mark_roles(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Say of each operation of an OpenAPI document which role its route requires, if any."""
    for route in iter_route_contexts(routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        if not (required := list(_required(route.dependant))):
            continue
        marks = {ROLE_MARK: str(max((each.role for each in required), key=lambda r: r.rank))}
        scopes = {each.scope for each in required}
        # Each of them lets a scope in or not, so it suffices where all of them say the same.
        if len(scopes) == 1 and (scope := scopes.pop()):
            marks[SCOPE_MARK] = str(scope)
        for method in route.methods or ():
            document["paths"][route.path_format][method.lower()] |= marks


def _required(dependant: Dependant) -> Iterator["_Requires"]:
    if isinstance(dependant.call, _Requires):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _required(inner)


ViewerCaller = Annotated[Principal, Depends(requires(UserRole.VIEWER))]
"""A parameter of a route: the caller, whoever may look."""
