"""The audit log: what it can be asked, what its rows have, and where they lie."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from gateway.store.audit_records import COLLECTION
from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import NotFound
from payops_kernel.exports.columns import Column, Kind, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters, Several, any_of, instants, search
from payops_kernel.search_text import searchable

Word = Annotated[str, seen(128)]
Fields = dict[str, Any]


class AuditFilters(Filters):
    """The log's filters; several values of one are alternatives, several filters all hold."""

    actor: Annotated[Several[Word], any_of("actor.id")] = Field(
        default_factory=list, description="Subjects of tokens."
    )
    action: Several[Word] = Field(default_factory=list)
    target_type: Several[Word] = Field(default_factory=list)
    target: Annotated[Several[Word], any_of("target_id")] = Field(
        default_factory=list, description="IDs of what was changed."
    )
    service: Several[Word] = Field(default_factory=list)
    at_from: Annotated[
        OrAbsent[DayOrInstant],
        instants("at"),
        Field(description="A day of the reporting zone, or an instant."),
    ] = None
    at_to: Annotated[
        OrAbsent[DayOrInstant],
        Field(description="A day of the reporting zone, inclusive, or an instant, exclusive."),
    ] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("words", lambda text: [searchable(text)]),
        Field(description="The beginning of an actor's ID or name, of an action, or of a target."),
    ] = None


def audit_record_not_found(record_id: str) -> NotFound:
    """The refusal for an id that there is not."""
    return NotFound(f"There is no audit record '{record_id}'.")


def _fields(name: str, label: str) -> Column:
    """What changed, kept as text."""

    def read(row: dict[str, Any]) -> Any:
        return None if row.get(name) is None else orjson.loads(row[name])

    return Column(name, label, Kind.TEXT, read, (name,), shown=Fields | None, exported=False)


AUDIT_LIST = DeclaredList(
    name="audit-log",
    title="Audit log",
    about="A page of audit records, newest first by default: who changed what, when and why.",
    row="AuditRow",
    role=UserRole.OPERATOR,
    collection=COLLECTION,
    filters=AuditFilters,
    sorts={"at": SortField("at", least=datetime.min.replace(tzinfo=UTC))},
    default_sort="-at",
    missing=audit_record_not_found,
    columns=(
        stored("at", "Date", Kind.INSTANT, shown=datetime, default=True),
        stored("actor", "Actor", Kind.TEXT, "actor.id", shown=str, default=True),
        stored("actor_name", "Name", Kind.TEXT, "actor.name", shown=str | None, default=True),
        stored("actor_roles", "Roles", Kind.LIST, "actor.roles", shown=list[str]),
        stored("action", "Action", Kind.TEXT, shown=str, default=True),
        stored("target_type", "Target type", Kind.TEXT, shown=str, default=True),
        stored("target_id", "Target", Kind.TEXT, shown=str, default=True),
        stored("service", "Service", Kind.TEXT, shown=str, default=True),
        stored("reason", "Reason", Kind.TEXT, shown=str | None, default=True),
        stored("comment", "Comment", Kind.TEXT, shown=str | None, default=True),
        _fields("before", "Before"),
        _fields("after", "After"),
        stored("idempotency_key", "Idempotency key", Kind.TEXT, shown=str | None),
        stored("trace_id", "Trace ID", Kind.TEXT, shown=str | None),
        stored("record_id", "Record ID", Kind.TEXT, "_id", shown=str),
    ),
)
