"""What lies beside a page's own answer: sections with a resource of their own."""

import asyncio
from typing import Any

from backoffice.clients.gateway import Caller
from backoffice.errors import ServiceAway
from payops_contracts.pages import DetailPage, placeholders
from payops_kernel.http.paths import encoded_id


async def read_beside(
    gateway: Caller, page: DetailPage, row_id: str, but: str = ""
) -> dict[str, Any]:
    """By section the answer of its resource, each read once; ``but`` is one that is read already.

    A section whose service is away has the service's name instead; the page stands without it.
    """
    wanted = {each.id: each.resource for each in page.sections.values() if each.resource}
    wanted = {section: each for section, each in wanted.items() if each != but}
    resources = list(dict.fromkeys(wanted.values()))
    answers = await asyncio.gather(*(_or_away(gateway, each, row_id) for each in resources))
    found = dict(zip(resources, answers, strict=True))
    return {section: found[resource] for section, resource in wanted.items()}


async def _or_away(gateway: Caller, resource: str, row_id: str) -> Any:
    try:
        named = dict.fromkeys(placeholders(resource), encoded_id(row_id))
        return await gateway.get(resource.format(**named))
    except ServiceAway as away:
        return away.service
