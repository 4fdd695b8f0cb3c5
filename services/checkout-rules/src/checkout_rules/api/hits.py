"""``GET /v1/checkout-rules/hits``."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from checkout_rules.store.hits import WRITE_SECONDS, DayOfHits, HitStore
from payops_contracts.fields import Day
from payops_contracts.ids import RuleId
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import Invalid
from payops_kernel.http.given import GivenQuery
from payops_kernel.http.responses import JsonResponse
from payops_kernel.zones import Zone

DAYS_MAX = 366


class DaysQuery(GivenQuery):
    """Days of the reporting zone, both included."""

    from_: Annotated[Day, Field(alias="from", description="The first day.")]
    to: Annotated[Day, Field(description="The last day.")]


class HitsOfDay(BaseModel):
    """Hits on one day."""

    day: date
    hits: int


class HourHits(BaseModel):
    """How often it answered in an hour."""

    hour: datetime
    hits: int


class HitsOfVersion(BaseModel):
    """Hits of one version of a rule."""

    version: int
    hits: int


class HitsOfRule(BaseModel):
    """How often a rule answered; days and versions without hits are left out."""

    rule_id: str
    name: str = Field(description="As its terms have it that were saved last.")
    hits: int
    versions: list[HitsOfVersion]
    days: list[HitsOfDay]


class HitsOut(BaseModel):
    """Hits by rule and day."""

    from_: date = Field(alias="from")
    to: date
    zone: str = Field(description="Whose days these are.")
    written_every_s: int = Field(
        description="Hits are added up in each process and written so often: the last ones may "
        "not be in it yet."
    )
    hits: int
    items: list[HitsOfRule] = Field(description="Rules that answered, by their IDs.")


class NamesRules(Protocol):
    """Where rules are kept."""

    async def names(self, rule_ids: Collection[RuleId]) -> Mapping[RuleId, str]:
        """Their names, by ID."""
        ...


def hit_routes(hits: HitStore, rules: NamesRules, zone: Zone) -> APIRouter:
    """Viewers read."""
    router = APIRouter(prefix="/v1/checkout-rules", tags=["checkout-rules"])

    @router.get(
        "/hits",
        response_model=HitsOut,
        dependencies=[Depends(requires(UserRole.VIEWER))],
    )
    async def get_hits(query: Annotated[DaysQuery, Query()]) -> JsonResponse:
        """How often each rule answered, by the days of the reporting zone."""
        days_in_order(query.from_, query.to, "/query/from")
        rows = await hits.by_day(query.from_, query.to)
        names = await rules.names({each.rule_id for each in rows})
        return JsonResponse(
            {
                "from": query.from_,
                "to": query.to,
                "zone": zone.name,
                "written_every_s": int(WRITE_SECONDS),
                "hits": sum(each.hits for each in rows),
                "items": _by_rule(rows, names),
            }
        )

    return router


def days_in_order(first: date, last: date, at: str) -> None:
    """Raise ``Invalid`` for a range that is reversed or longer than a year; ``at`` is the pointer
    to its first day."""
    if first > last:
        raise _refused(at, "range_reversed", "The first day comes after the last one.")
    if last - first >= timedelta(days=DAYS_MAX):
        raise _refused(at, "range_too_long", f"At most {DAYS_MAX} days are looked at.")


def _refused(at: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": at, "code": code, "detail": detail}])


def _by_rule(rows: list[DayOfHits], names: Mapping[RuleId, str]) -> list[dict[str, Any]]:
    found: dict[RuleId, tuple[dict[int, int], dict[date, int]]] = {}
    for each in rows:
        versions, days = found.setdefault(each.rule_id, ({}, {}))
        versions[each.version] = versions.get(each.version, 0) + each.hits
        days[each.day] = days.get(each.day, 0) + each.hits
    return [
        {
            "rule_id": rule_id,
            "name": names.get(rule_id, rule_id),
            "hits": sum(days.values()),
            "versions": [{"version": it, "hits": n} for it, n in sorted(versions.items())],
            "days": [{"day": it, "hits": n} for it, n in sorted(days.items())],
        }
        for rule_id, (versions, days) in found.items()
    ]
