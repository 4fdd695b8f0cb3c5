"""The one way a route says who may call it: ``Depends(requires(UserRole.OPERATOR))``."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.errors import Forbidden, Unauthenticated
from payops_kernel.http.parameters import check_query

_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="A token of the configured issuer; roles viewer, operator, approver, admin.",
    auto_error=False,
)


def requires(role: UserRole) -> Callable[..., Awaitable[Principal]]:
    """A dependency that gives the :class:`Principal`, who reaches at least as far as ``role``.

    Without a valid token: 401; with one of a lower role: 403; without a key set: 503; with a query
    parameter that the route does not have: 422.
    """

    async def caller(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Principal:
        if credentials is None:
            raise Unauthenticated("Send a bearer token in the Authorization header.")
        verifier: TokenVerifier = request.app.state.verifier
        principal = await verifier.verify(credentials.credentials)
        if not principal.may(role):
            raise Forbidden(f"This needs the role {role.value}.", required_role=role.value)
        # Who may not call is not told how to.
        check_query(request)
        return principal

    return caller
