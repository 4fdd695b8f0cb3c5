"""The ways to pages about one thing."""

from payops_contracts.pages import Pages
from payops_kernel.http.paths import encoded_id


def way_to(pages: Pages, detail: str | None, row_id: str) -> str | None:
    """The address of a thing on a detail page, its id percent-encoded; None without such a page."""
    page = pages.details.get(detail or "")
    if page is None:
        return None
    begin, _, rest = page.path.partition("{")
    return begin + encoded_id(row_id) + rest.partition("}")[2]
