"""``POST /v1/embed-tokens``: a board in a page of another site."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gateway.api.admission import Admission
from gateway.errors import EmbeddingOff
from gateway.use_cases.embedding import LIFETIME_MAX, SITES_MAX, EmbedTokens, EmbedWanted
from payops_contracts.money import Currency
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.given import Given, OrAbsent, Whole, some
from payops_kernel.sites import Site

LIFETIME_S_MIN = 60
LIFETIME_S_MAX = int(LIFETIME_MAX.total_seconds())


class EmbedTokenBody(Given):
    """Where a board is to stand, and what it shows."""

    sites: Annotated[
        list[Site],
        some(SITES_MAX),
        Field(
            description="Origins of the pages around it, out of those that `PAYOPS_EMBED_SITES` "
            "allows; they may also renew the token.",
            examples=[["https://shop.example"]],
        ),
    ]
    lifetime_s: Annotated[
        int, Whole(LIFETIME_S_MIN, LIFETIME_S_MAX), Field(description="Seconds.")
    ] = LIFETIME_S_MAX
    currency: Annotated[
        OrAbsent[Currency],
        Field(description="The token shows this currency alone; without it, all of them."),
    ] = None


class EmbedTokenOut(BaseModel):
    """A token that reads KPIs and nothing else; every other route refuses it."""

    token: str
    expires_at: datetime


def embedding_routes(tokens: EmbedTokens | None, admit: Admission) -> APIRouter:
    """The route that makes tokens; without a key it says that there are none."""
    routes = APIRouter(prefix="/v1", tags=["access"])

    @routes.post("/embed-tokens", status_code=201, responses=refusals(404, 429))
    async def create_embed_token(
        body: EmbedTokenBody, caller: Annotated[Principal, Depends(admit(UserRole.ADMIN))]
    ) -> EmbedTokenOut:
        """Make a short-lived token that lets a page of another site show KPIs."""
        if tokens is None:
            raise EmbeddingOff("Set PAYOPS_EMBED_KEY to a key that signs tokens of embedded pages.")
        made = tokens.issue(
            EmbedWanted(body.sites, timedelta(seconds=body.lifetime_s), body.currency), caller
        )
        return EmbedTokenOut(token=made.token, expires_at=made.expires_at)

    return routes
