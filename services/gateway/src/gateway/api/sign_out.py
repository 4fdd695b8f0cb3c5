"""``POST /v1/sign-out``, and the list of tokens that were signed out, for the services."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.use_cases.sign_out import SignOut
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.auth.revoked import RevokedTokens
from payops_kernel.http.announcing import refusals
from payops_kernel.http.responses import JsonResponse


class RevokedOut(BaseModel):
    """Tokens that are refused although they have not expired."""

    revoked: list[str] = Field(
        description="SHA-256, in hex, of the signed part of each: what stands before the last dot."
    )


def sign_out_routes(admit: Admission, sign_out: SignOut, revoked: RevokedTokens) -> APIRouter:
    """Sign-out, whoever issued the token."""
    routes = APIRouter(tags=["access"])

    @routes.post("/v1/sign-out", status_code=204, responses=refusals(429))
    async def sign_out_here(
        caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))],
    ) -> Response:
        """End the token: this gateway refuses it at once, every service within 10 s."""
        await sign_out(caller)
        return Response(status_code=204)

    @routes.get("/.well-known/revoked-tokens", response_model=RevokedOut)
    async def revoked_tokens() -> Response:
        """The signed-out tokens, for services, which read them every few seconds."""
        return JsonResponse({"revoked": sorted(await revoked.digests())})

    return routes
