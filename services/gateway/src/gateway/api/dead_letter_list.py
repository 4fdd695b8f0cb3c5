"""The list of dead letters: what it can be asked, what its rows have, and where they lie."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from gateway.domain.masking import without_addresses
from gateway.store.dead_letters import COLLECTION
from gateway.use_cases.decide_dead_letter import dead_letter_not_found
from payops_contracts.dead_letters import DeadLetterState
from payops_contracts.labels import DEAD_LETTER_REASON, DEAD_LETTER_STATE
from payops_kernel.exports.columns import Column, Kind, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, instants, search
from payops_kernel.search_text import searchable

Word = Annotated[str, seen(128)]


class DeadLetterFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    state: Several[DeadLetterState] = Field(default_factory=list)
    topic: Several[Word] = Field(default_factory=list, description="Topics they came from.")
    consumer: Several[Word] = Field(default_factory=list, description="Groups that refused them.")
    reason: Several[Word] = Field(default_factory=list)
    failed_from: Annotated[
        OrAbsent[DayOrInstant],
        instants("failed_at"),
        Field(description="A day of the reporting zone, or an instant."),
    ] = None
    failed_to: Annotated[
        OrAbsent[DayOrInstant],
        Field(description="A day of the reporting zone, inclusive, or an instant, exclusive."),
    ] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("words", lambda text: [searchable(text)]),
        Field(description="The beginning of its ID, its key, or the place that it came from."),
    ] = None


def _error(row: dict[str, Any]) -> str:
    return without_addresses(row["error"])


class Possible(BaseModel):
    """Whether something can be done with it now."""

    allowed: bool
    reason: str | None = Field(description="Why not.")


class Decisions(BaseModel):
    """What can be decided, by those who may."""

    replay: Possible
    discard: Possible


def _decisions(row: dict[str, Any]) -> dict[str, Any]:
    decided = row["state"] != DeadLetterState.OPEN
    reason = "It was decided about before." if decided else None
    barred = reason
    if not decided and row.get("cut_bytes") is not None:
        barred = "The record was too large to travel, and lies in its topic alone."
    return {
        "replay": {"allowed": barred is None, "reason": barred},
        "discard": {"allowed": reason is None, "reason": reason},
    }


DEAD_LETTER_LIST = DeclaredList(
    name="dead-letters",
    title="Dead letters",
    about="A page of dead letters, the latest failure first by default.",
    row="DeadLetterRow",
    collection=COLLECTION,
    filters=DeadLetterFilters,
    sorts={"failed_at": SortField("failed_at", least=datetime.min.replace(tzinfo=UTC))},
    default_sort="-failed_at",
    missing=dead_letter_not_found,
    totals=Totals("state", tuple(each.value for each in DeadLetterState)),
    columns=(
        stored(
            "state", "Status", Kind.TEXT, None, DEAD_LETTER_STATE,
            shown=DeadLetterState, default=True,
        ),
        stored("failed_at", "Date", Kind.INSTANT, shown=datetime, default=True),
        stored("dead_letter_id", "Dead letter ID", Kind.TEXT, "_id", shown=str, default=True),
        stored(
            "reason", "Reason", Kind.TEXT, None, DEAD_LETTER_REASON, shown=str, default=True
        ),
        Column(
            "error", "Error", Kind.TEXT, _error, ("error",), shown=str, default=True
        ),
        stored("key", "Key", Kind.TEXT, shown=str | None, default=True),
        stored("topic", "Topic", Kind.TEXT, shown=str, default=True),
        stored("consumer", "Consumer", Kind.TEXT, shown=str, default=True),
        stored("origin", "Came from", Kind.TEXT, shown=str),
        stored("bytes", "Bytes", Kind.NUMBER, shown=int),
        stored("code_version", "Code version", Kind.TEXT, shown=str),
        stored("decided_at", "Decided", Kind.INSTANT, "decision.at", shown=datetime | None),
        stored("decided_by", "Decided by", Kind.TEXT, "decision.by", shown=str | None),
        stored("decision_reason", "Why", Kind.TEXT, "decision.reason", shown=str | None),
        Column(
            "actions", "Actions", Kind.TEXT, _decisions, ("state", "cut_bytes"),
            shown=Decisions, exported=False,
        ),
    ),
)  # fmt: skip
