"""What htmx says of a request, and what it understands in an answer."""

import json
from collections.abc import Mapping

from starlette.requests import Request

VARY = "HX-Request, HX-Request-Type, HX-Target, HX-History-Restore-Request"
"""What every page's answer depends on beside its address."""
SESSION_SLOT = "#sign-in-again"
PROBLEM_SLOT = "#problem"


def is_htmx(request: Request) -> bool:
    """Whether a script asks, which puts the answer into the page that is shown."""
    return request.headers.get("hx-request") == "true"


def is_navigation(request: Request) -> bool:
    """Whether a browser asks for a page to show, and no script for a part of one.

    ``Sec-Fetch-Dest`` says it, over plain http, where browsers leave that out, ``Accept``.
    """
    said = request.headers
    if "sec-fetch-dest" in said:
        return said["sec-fetch-dest"] == "document"
    return "text/html" in said.get("accept", "") and not is_htmx(request)


def wanted_block(request: Request) -> str | None:
    """The block that the request wants of the page; None for the whole page.

    htmx names the element that the answer goes into (``section#results``); the block of that name
    (``-`` written ``_``) is its content. A history restore is a whole page, always.
    """
    said = request.headers
    if not is_htmx(request) or said.get("hx-history-restore-request") == "true":
        return None
    if said.get("hx-request-type") == "full":
        return None
    target = said.get("hx-target", "").partition("#")[2]
    return target.replace("-", "_") or None


def swapped_into(selector: str, how: str = "innerHTML") -> dict[str, str]:
    """Headers that put the answer elsewhere than the page had in mind."""
    return {"HX-Retarget": selector, "HX-Reswap": how, "HX-Push-Url": "false"}


def events(**named: Mapping[str, object] | bool) -> dict[str, str]:
    """The header that sets events off in the page: their names (``_`` for ``-``) and details."""
    said = {name.replace("_", "-"): detail for name, detail in named.items()}
    return {"HX-Trigger": json.dumps(said)}  # ASCII, as headers must be
