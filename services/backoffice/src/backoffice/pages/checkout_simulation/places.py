"""Where simulations are, and how one begins."""

from collections.abc import Mapping
from typing import Any

from backoffice.pages.checkout_rules.reading import ADAPTIVE_CHECKOUT
from backoffice.pages.checkout_simulation.window import Window
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

RESOURCE = "/v1/checkout-rules/simulations"
MAY_HAVE_BEGUN = word(
    "It may have begun, or not. Press again: a simulation changes nothing, even when it runs twice."
)
JOB_KIND = "checkout-simulation"
SIMULATE = Page(
    "checkout-simulation",
    "/checkout-rules/simulation",
    word("Simulation"),
    parent=ADAPTIVE_CHECKOUT,
    role=UserRole.OPERATOR,
)
TRY = Page(
    "checkout-evaluation",
    "/checkout-rules/evaluation",
    word("Try a checkout"),
    parent=ADAPTIVE_CHECKOUT,
)
SIMULATION = Page(
    "checkout-simulation-result",
    "/checkout-rules/simulation/{job_id}",
    word("Result"),
    parent=SIMULATE,
)


def result_path(job_id: str) -> str:
    """The page of what a simulation found."""
    return f"{SIMULATE.path}/{encoded_id(job_id)}"


async def begin(visit: Visit, window: Window, asked: Mapping[str, Any]) -> str:
    """Have one made of these days; the job's id."""
    said = {name: value for name, value in asked.items() if value}
    job = await visit.gateway.post(RESOURCE, window.body | said)
    return str(job["job_id"])
