"""One list of jobs out of every service's: a page of each, put together in the order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from payops_kernel.http.lists import (
    LIMIT_MAX,
    ListResource,
    Page,
    PageRequest,
    SortField,
    close_page,
)

MERGED_JOBS = ListResource("jobs", {"created_at": SortField("number")}, "-created_at")
"""By what ids have behind the services' names, which begins with the instant."""


@dataclass(frozen=True, slots=True)
class AskedOfEach:
    """What each service is asked for a page of the whole."""

    sort: str
    limit: int
    older_than: str | None = None
    newer_than: str | None = None

    def query(self) -> dict[str, str]:
        """As query parameters."""
        told = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: str(value) for name, value in told.items()}


def asked_of_each(page: PageRequest) -> AskedOfEach:
    """The jobs that each service may have on the page, and one more."""
    down = _goes_down(page)
    asked = AskedOfEach("-created_at" if down else "created_at", min(page.limit + 1, LIMIT_MAX))
    if page.cursor is None:
        return asked
    place = str(page.cursor.values[0])
    return replace(asked, older_than=place) if down else replace(asked, newer_than=place)


def merged(page: PageRequest, parts: Sequence[Mapping[str, Any]]) -> Page:
    """The page out of the services' answers; its total is not known yet."""
    rows = [_numbered(row) for part in parts for row in part["items"]]
    rows.sort(key=lambda row: row["number"], reverse=_goes_down(page))
    if len(rows) == page.limit and any(part["next"] for part in parts):
        rows.append({})  # there are more, of a service that gave as many as it may
    return close_page(page, rows)


def with_totals(page: Page, parts: Sequence[Mapping[str, Any]]) -> Page:
    """The page with how many jobs there are in all services that answered."""
    total = max(sum(part["total"] for part in parts), page.last)
    return replace(
        page, total=total, total_is_capped=any(part["total_is_capped"] for part in parts)
    )


def shown(row: Mapping[str, Any]) -> Any:
    """A row as its service gave it."""
    return row["job"]


def _goes_down(page: PageRequest) -> bool:
    """Whether the page is looked for from newer to older."""
    return (page.sort.keys[0].direction < 0) != page.backward


def _numbered(job: Mapping[str, Any]) -> dict[str, Any]:
    job_id = str(job["job_id"])
    return {"_id": job_id, "number": job_id.rpartition("-")[2], "job": job}
