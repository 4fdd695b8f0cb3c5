"""``POST /v1/sign-in``, the local issuer's keys, and ``GET /v1/me``."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, SecretStr
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.errors import SignInOff
from gateway.use_cases.sign_in import TOKEN_LIFETIME, SignIn
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.given import Given, seen
from payops_kernel.http.responses import JsonResponse


class SignInBody(Given):
    """Who signs in."""

    email: Annotated[str, seen(254), Field(examples=["viewer@payops.local"])]
    password: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class TokenOut(BaseModel):
    """A bearer token for the Authorization header."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name, not a secret
    expires_in: int = Field(description="Seconds.")


class MeOut(BaseModel):
    """The caller, as the token says."""

    subject: str
    name: str
    roles: list[UserRole] = Field(description="The included lower ones among them.")


OFF = "Get a token from the issuer that this platform trusts."


def sign_in_routes(sign_in: SignIn | None) -> APIRouter:
    """The local issuer's route; without one it says that there is none."""
    routes = APIRouter(tags=["access"])

    @routes.post(
        "/v1/sign-in",
        summary="Sign in as a seeded user of the local platform",
        responses=refusals(401, 404, 429),
    )
    async def sign_in_here(body: SignInBody, request: Request) -> TokenOut:
        if sign_in is None:
            raise SignInOff(OFF)
        address = request.client.host if request.client else "unknown"
        token = sign_in.sign_in(body.email, body.password.get_secret_value(), address)
        return TokenOut(access_token=token, expires_in=int(TOKEN_LIFETIME.total_seconds()))

    return routes


def key_routes(issuers: Sequence[TokenIssuer]) -> APIRouter:
    """The public keys of what the gateway signs with; without any it says so."""
    routes = APIRouter(tags=["access"])
    keys = {issuer.key_id: issuer.jwk() for issuer in issuers}

    @routes.get(
        "/.well-known/jwks.json",
        summary="The public keys of tokens that the gateway signs",
        response_model=dict[str, object],
        responses=refusals(404),
    )
    async def local_keys() -> Response:
        if not keys:
            raise SignInOff(OFF)
        return JsonResponse({"keys": list(keys.values())})

    return routes


def me_routes(admit: Admission) -> APIRouter:
    """The caller about itself."""
    routes = APIRouter(prefix="/v1", tags=["access"])

    @routes.get("/me", summary="Who the token says you are", responses=refusals(429))
    async def me(caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))]) -> MeOut:
        roles = [role for role in UserRole if role in caller.roles]
        return MeOut(subject=caller.subject, name=caller.name, roles=roles)

    return routes
