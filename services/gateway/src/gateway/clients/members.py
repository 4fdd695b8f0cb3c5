"""A member's whole picture: what each service knows of them, under one deadline."""

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.clients.finding import OfAService
from gateway.clients.parts import deadline, whole
from gateway.clients.services import ServiceClient
from gateway.use_cases.search import Group
from payops_kernel.auth.principals import Principal
from payops_kernel.http.paths import encoded_id

MEMBER = "/v1/members/{mpass_number}"
PARTS = {
    "charges": ("charges", "charge_id"),
    "attempts": ("debit-attempts", "charge_id"),
    "payments": ("transactions", "customer"),
    "subscriptions": ("subscriptions", "customer"),
}
"""By the name in the answer: lists that have rows of a member's, the filter that finds them."""
ROWS_MAX = 50


class MemberPicture:
    """Asks all at once who knows of a member; one that is away costs its own part."""

    def __init__(self, members: ServiceClient, reads: Mapping[str, ServiceClient]) -> None:
        """``reads`` are the services by the path that they are asked at."""
        self._members = members
        self._parts = {
            name: OfAService(kind, by, reads[f"/v1/{kind}"]) for name, (kind, by) in PARTS.items()
        }

    async def __call__(
        self, mpass_number: str, caller: Principal
    ) -> tuple[dict[str, Any], Mapping[str, Group]]:
        """The member, and by name the rows of each list; raises ``NotFound``, ``ServiceDown``."""
        until, path = deadline(), MEMBER.format(mpass_number=encoded_id(mpass_number))
        otherwise = f"There is no member '{mpass_number}'."
        member = await whole(self._members, path, caller, until, otherwise)
        ids = {
            "charge_id": [each["charge_id"] for each in member["charges"]],
            "customer": [member["user"]["id"]],
        }

        async def group(of: OfAService) -> Group:
            query = [(of.row_id, each) for each in ids[of.row_id]]
            found = await of.rows([*query, ("limit", str(ROWS_MAX))], caller, until)
            return Group(of.kind, found)

        groups = await asyncio.gather(*map(group, self._parts.values()))
        return member, dict(zip(self._parts, groups, strict=True))
