"""``/billing-cycles/{code}``: everything about one billing cycle."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import Doer
from backoffice.components.detail import DetailView, Told
from backoffice.components.timeline import Moment, timeline
from backoffice.components.ways import way_to
from backoffice.errors import NoSuchPage, ServiceAway
from backoffice.formatting.chips import CYCLE, UNKNOWN, Family, Look
from backoffice.formatting.instants import read_instant
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import Words, word
from payops_contracts.cycles import CycleHistoryEvent as Event
from payops_contracts.cycles import CycleStatus
from payops_contracts.labels import CYCLE_EVENT, label
from payops_kernel.http.paths import PathId, encoded_id

CYCLES = Page(
    "billing-cycles",
    "/billing-cycles",
    word("Billing cycles"),
    icon="calendar-check",
    section=Section.USER_PAYMENTS,
    key="y",
)
NAME = "billing-cycle"
OUR_SOURCE = "/payops/billing-debits"
UPSTREAM, SYSTEM = word("upstream"), word("system")
OPEN_STATUSES = ("PENDING", "SUBMITTED", "TEMP_REJECTED")
"""Of charges that bar the closing of their cycle."""
LOOKS: Mapping[str, Look] = {
    Event.OPENED: CYCLE[CycleStatus.OPEN],
    Event.TOTALS_TOLD: Look(Family.OFF, "sigma"),
    Event.ENDED: CYCLE[CycleStatus.ENDED],
    Event.CLOSED: CYCLE[CycleStatus.CLOSED],
    Event.REOPENED: Look(Family.CARE, "lock-open"),
    Event.EVENT_CONTRADICTED: Look(Family.CARE, "triangle-alert"),
}

Detail = Mapping[str, Any]

router = APIRouter()


@router.get("/billing-cycles/{code}")
async def billing_cycle(code: PathId, visit: Visiting) -> Response:
    """The cycle's page, or its content alone."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    detail, control = await read(visit, code), await _reconciled(visit, code)
    words, now = visit.words, datetime.now(UTC)
    told = Told(
        sentences=list(sentences(detail, control, words)),
        days=timeline(_moments(detail, words), visit.zone, now, words),
        beside={"control": control, "findings": control},
    )
    path = address(visit, code)
    return visit.page(
        "pages/billing-cycle.html",
        CYCLES,
        crumb=code,
        path=path,
        detail=detail,
        control=control if not isinstance(control, str) else None,
        debits=f"/charges?{debits_of(code)}",
        view=DetailView(declared, detail, told, words),
        actions=Doer(words, visit.pages, visit.may).links(declared.actions, path, detail),
    )


async def read(visit: Visit, code: str) -> Detail:
    """The cycle as the gateway answers it."""
    found: Detail = await visit.gateway.get(f"/v1/billing-cycles/{encoded_id(code)}")
    return found


def address(visit: Visit, code: str) -> str:
    """Of the cycle's page."""
    return way_to(visit.pages, NAME, code) or f"/billing-cycles/{encoded_id(code)}"


def debits_of(code: str) -> str:
    """The query that shows the charges which bar a cycle's closing."""
    statuses = [("status", status) for status in OPEN_STATUSES]
    return urlencode([("billing_cycle_code", code), *statuses])


async def _reconciled(visit: Visit, code: str) -> Detail | str:
    """What the cycle is compared with; the service's name when it does not answer."""
    try:
        path = f"/v1/billing-cycles/{encoded_id(code)}/reconciliation"
        found: Detail = await visit.gateway.get(path)
    except ServiceAway as away:
        return away.name
    return found if found["told_at"] is not None else {**found, "control": []}


def sentences(detail: Detail, control: Detail | str, words: Words) -> Iterator[str]:
    """Where the cycle stands, and what its closing waits for."""
    match CycleStatus(detail["overview"]["status"]):
        case CycleStatus.OPEN:
            yield words(
                "Settlement still raises charges in it. It can be closed once settlement has ended "
                "it and no debit of it is open."
            )
        case CycleStatus.ENDED if detail["open_debits"]["count"]:
            yield words(
                "Settlement raises nothing more in it. It can be closed once each of its charges "
                "is collected, rejected for good, withdrawn or settled otherwise."
            )
        case CycleStatus.ENDED:
            yield words(
                "No debit of it is open: an approver can close it. Its totals are final then."
            )
        case CycleStatus.CLOSED:
            yield words(
                "Its totals are final. Money of its charges that moves from now on counts in the "
                "open cycle, as an adjustment."
            )
    if isinstance(control, str) or not control["control"]:
        return
    if all(row["agrees"] for row in control["control"]):
        yield words("What settlement says it charged agrees with the charges that are here.")
    else:
        yield words(
            "What settlement says it charged differs from the charges that are here. Find out why "
            "before it is closed."
        )


def _moments(detail: Detail, words: Words) -> Iterator[Moment]:
    for row in detail["history"]:
        source = "" if row["actor"] or row["cause"] == OUR_SOURCE else row["cause"]
        status, note = row["status_label"], row["note"] or ""
        who = row["actor"] or words(UPSTREAM if source else SYSTEM)
        said = row["reason"] or words(note)
        yield Moment(
            at=read_instant(row["at"]),
            what=words(label(CYCLE_EVENT, row["event"])),
            look=LOOKS.get(row["event"], UNKNOWN),
            more=[part for part in (words(status), who, said) if part],
            source=source,
            minor=not row["applied"] and row["event"] != Event.EVENT_CONTRADICTED,
        )
