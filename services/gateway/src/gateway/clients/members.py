"""A member's whole picture: what each service knows of them, under one deadline."""

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.clients.finding import OfAService
from gateway.clients.parts import Missing, ask, deadline, part
from gateway.clients.services import ServiceClient
from gateway.errors import ServiceDown
from gateway.use_cases.search import Group
from payops_kernel.auth.principals import Principal
from payops_kernel.errors import NotFound
from payops_kernel.http.paths import encoded_id

MEMBER = "/v1/members/{mpass_number}"
PARTS = {
    "charges": ("charges", "charge_id"),
    "attempts": ("debit-attempts", "charge_id"),
    "payments": ("transactions", "customer"),
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
        name = self._members.name
        member = await part(name, ask(self._members, path, (), caller), until)
        if member is None:
            raise NotFound(f"There is no member '{mpass_number}'.")
        if isinstance(member, Missing):
            raise ServiceDown(f"The service {name} is missing: {member.detail}", service=name)
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
