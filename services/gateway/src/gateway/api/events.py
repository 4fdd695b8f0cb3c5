"""``GET /v1/events``: what changes while somebody watches, as server-sent events."""

from datetime import timedelta
from sys import intern
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from pydantic import AfterValidator, AwareDatetime, Field

from gateway.api.admission import Admission
from gateway.live.hub import Hub, Wanted
from gateway.live.topics import LIVE
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.errors import Forbidden
from payops_kernel.http.announcing import refusals
from payops_kernel.http.event_streams import MEDIA_TYPE, EventStream, EventStreams
from payops_kernel.http.given import GivenQuery, OrAbsent, seen, some
from payops_kernel.http.paths import ID_CHARACTERS_MAX

SUBJECTS_MAX = 200
"""As many as a page of a list has rows."""
CLOCKS_APART = timedelta(seconds=2)
"""How far the clock of whoever made the page may be from ours."""

DESCRIPTION = """What changes while somebody watches.

Events name what changed and never carry it: ask for it again, so that rights and filters hold.
At most one frame a second. `hello` comes first; `beat` when nothing else was said for 10 s; their
`at` is the instant up to which all was said.

- `changes`: `changed` has `{kind, id, version, new}` of each `subject`; `kinds` has for each `kind`
  the numbers `changed` and `new`, and `new_ids`, at most 50 of the newest.
- `resync`: something may have been missed, all before is void: read again what is shown.
- `stale`, with `since`: nothing is learnt of changes at present. `fresh`: it is again.
- `end`, with `reason` `token_expired` or `stopping`: the stream is over. Come again, with a new
  token if need be; `Last-Event-ID` goes on where it ended.

At most 8 streams a user, else 429 `too_many_streams`."""
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The stream.", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
    **refusals(429),
}


def _known(kind: str) -> str:
    if kind not in LIVE:
        raise ValueError(f"is one of {', '.join(LIVE)}")
    return kind


Kind = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(LIVE)})]


class EventsQuery(GivenQuery):
    """What a stream is about; without anything it only says that it is alive."""

    subject: Annotated[list[Annotated[str, seen(ID_CHARACTERS_MAX)]], some(SUBJECTS_MAX)] = Field(
        default_factory=list, description="Ids that are shown: their changes are told one by one."
    )
    kind: Annotated[list[Kind], some(len(LIVE))] = Field(
        default_factory=list, description="Kinds of which is told how many changed and are new."
    )
    since: OrAbsent[AwareDatetime] = Field(
        default=None,
        description="When the page was made: the first stream of a page begins there. "
        "`Last-Event-ID` goes before it.",
    )


def events_routes(hub: Hub, streams: EventStreams, admit: Admission) -> APIRouter:
    """The stream of what changes."""
    routes = APIRouter(prefix="/v1", tags=["events"])

    @routes.get(
        "/events",
        name="events",
        description=DESCRIPTION,
        response_class=EventStream,
        status_code=200,
        responses=ANSWERS,
    )
    async def events(
        given: Annotated[EventsQuery, Query()],
        caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))],
        last_event_id: Annotated[OrAbsent[Annotated[str, seen(64)]], Header()] = None,
    ) -> EventStream:
        wanted = _wanted(given, caller)
        since = None if given.since is None else given.since - CLOCKS_APART
        return streams.open(caller, lambda: hub.feed(wanted, last_event_id, since))

    return routes


def _wanted(given: EventsQuery, caller: Principal) -> Wanted:
    seen = frozenset(kind for kind, live in LIVE.items() if caller.may(live.role))
    for kind in given.kind:
        if kind not in seen:
            role = LIVE[kind].role
            raise Forbidden(f"{kind} need the role {role}.", required_role=role.value)
    subjects = tuple(map(intern, frozenset(given.subject)))  # pages show the same rows
    return Wanted(subjects, frozenset(given.kind), seen)
