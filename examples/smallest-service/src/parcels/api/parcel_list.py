"""The list of parcels: what it can be asked, what its rows have, and where they lie."""

from datetime import UTC, datetime

from pydantic import Field

from parcels.domain.parcel import ParcelStatus
from parcels.store.parcels import COLLECTION
from parcels.use_cases.return_parcel import parcel_not_found
from payops_contracts.fields import Identifier
from payops_kernel.exports.columns import Kind, stored
from payops_kernel.http.lists import SortField
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters, Several


class ParcelFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[ParcelStatus] = Field(default_factory=list)
    recipient: Several[Identifier] = Field(default_factory=list)


PARCEL_LIST = DeclaredList(
    name="parcels",
    title="Parcels",
    about="A page of parcels, newest first.",
    row="ParcelRow",
    collection=COLLECTION,
    filters=ParcelFilters,
    sorts={"announced_at": SortField("announced_at", least=datetime.min.replace(tzinfo=UTC))},
    default_sort="-announced_at",
    missing=parcel_not_found,
    columns=(
        stored("parcel_id", "Parcel ID", Kind.TEXT, "_id", shown=str, default=True),
        stored("status", "Status", Kind.TEXT, shown=ParcelStatus, default=True),
        stored("recipient", "Recipient", Kind.TEXT, shown=str, default=True),
        stored("announced_at", "Announced", Kind.INSTANT, shown=datetime, default=True),
    ),
)
