"""``GET /v1/exports/{id}/manifest`` and, for exports that were jobs, ``…/file``.

What an order takes beside a list's filters is :class:`ExportOptions`; the routes that take orders
are the list's own (``payops_kernel.lists.routes``).
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from payops_kernel.auth.dependencies import ViewerCaller
from payops_kernel.auth.principals import Principal
from payops_kernel.errors import PayOpsError
from payops_kernel.exports.columns import COLUMNS_MAX, Kind
from payops_kernel.exports.exports import file_headers
from payops_kernel.exports.manifests import ExportNotFound, ExportState, Manifests
from payops_kernel.exports.orders import FORMATS
from payops_kernel.exports.writers import CsvStyle, Delimiter
from payops_kernel.http.announcing import refusals
from payops_kernel.http.given import Flag, Given, GivenQuery, OrAbsent, seen, some
from payops_kernel.http.paths import ID_CHARACTERS_MAX, PathId
from payops_kernel.http.queries import SortText, plain_filters
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.reads import may_see
from payops_kernel.mongo import Document
from payops_kernel.zones import UTC_ZONE

COLUMNS_CHARACTERS_MAX = 2_000
SELECTED_MAX = 10_000
"""Rows that may be selected one by one; more are a filter."""


class FormatName(StrEnum):
    """The file formats."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class ExportNotReady(PayOpsError):
    """The file is not whole yet, or never will be; the manifest says which."""

    code = "export_not_ready"
    title = "The file is not there"
    status = 409


class ManifestColumn(BaseModel):
    """A column of a file."""

    name: str
    label: str
    kind: Kind


class ManifestSum(BaseModel):
    """A column's sum in one currency."""

    column: str
    label: str
    currency: str
    amount_minor: int | None
    amount: str = Field(description="The same as a plain decimal.")


class ManifestInstant(BaseModel):
    """Rows that were read as of one instant."""

    cluster_time: str = Field(description="MongoDB's: seconds since 1970, a dot, an ordinal.")
    at: datetime
    first_row: int


class ManifestPosition(BaseModel):
    """What a consumer had applied at the first instant."""

    position: str = Field(description="Group, topic and partition.")
    next: int


class ManifestOut(BaseModel):
    """A manifest on the wire."""

    export_id: str
    state: ExportState
    complete: bool = Field(description="Whether the file is whole.")
    reason: str | None = Field(description="Why the file is not whole.")
    resource: str
    format: FormatName
    delimiter: Delimiter | None
    columns: list[ManifestColumn]
    zone: str = Field(description="IANA zone of the columns that name it, and of days in filters.")
    filters: dict[str, Any]
    sort: str
    selected: int | None = Field(description="Rows that were selected by id; null for a filter.")
    rows: int | None
    sums: list[ManifestSum]
    consistent: bool = Field(description="Whether all rows are as of one instant.")
    as_of: list[ManifestInstant]
    positions: list[ManifestPosition]
    bytes: int | None
    sha256: str | None = Field(description="Of the file's bytes.")
    file: str | None = Field(description="Where the file is kept, if it was made by a job.")
    job_id: str | None
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime


CONTENT = {
    known.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
    for known in FORMATS.values()
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": CONTENT},
    **refusals(409),
}


def export_routes(manifests: Manifests, own_ids: str = "") -> APIRouter:
    """The routes of exports that were made; ``own_ids`` as those of one job have it."""
    router = APIRouter(prefix="/v1", tags=["exports"], include_in_schema=not own_ids)
    one = f"/exports/{{export_id{own_ids}}}"

    async def own(export_id: str, caller: Principal) -> Document:
        found = await manifests.get(export_id)
        if not may_see(caller, found["owner"]):
            raise ExportNotFound(f"There is no export '{export_id}' of yours.")
        return found

    @router.get(one + "/manifest", response_model=ManifestOut)
    async def get_export_manifest(export_id: PathId, caller: ViewerCaller) -> JsonResponse:
        """What was exported, as of when, and whether the file is whole."""
        return JsonResponse(manifest_body(await own(export_id, caller)))

    @router.get(one + "/file", response_class=Response, responses=FILE)
    async def get_export_file(export_id: PathId, caller: ViewerCaller) -> Response:
        """The file of an export that was a job."""
        found = await own(export_id, caller)
        if found["state"] != ExportState.COMPLETE or not found.get("file"):
            raise ExportNotReady("There is no file to fetch; see the manifest.")
        return _file_answer(found, await manifests.files.read(found["file"]))

    return router


def manifest_body(found: Document) -> dict[str, Any]:
    """A ``ManifestOut``."""
    as_of = found.get("as_of", [])
    complete = found["state"] == ExportState.COMPLETE
    path = f"/v1/exports/{found['_id']}/file"
    return {
        **{name: found.get(name) for name in ManifestOut.model_fields},
        "export_id": found["_id"],
        "complete": complete,
        "zone": found.get("zone", UTC_ZONE.name),
        "sums": found.get("sums", []),
        "consistent": len(as_of) <= 1,
        "as_of": [
            {
                "cluster_time": f"{part['at'].time}.{part['at'].inc}",
                "at": datetime.fromtimestamp(part["at"].time, UTC),
                "first_row": part["first_row"],
            }
            for part in as_of
        ],
        "file": path if complete and found.get("file") else None,
        "job_id": found["job"],
    }


def _file_answer(found: Document, content: AsyncIterator[bytes]) -> Response:
    kind = FORMATS[found["format"]]
    headers = {
        "Content-Length": str(found["bytes"]),
        "ETag": f'"{found["sha256"]}"',
        "Export-Id": found["_id"],
        **file_headers(found["resource"], kind.extension, found["created_at"]),
    }
    return StreamingResponse(content, headers=headers, media_type=kind.media_type)


ColumnTexts = Annotated[list[Annotated[str, seen(COLUMNS_CHARACTERS_MAX)]], some(COLUMNS_MAX)]


class ExportOptions(Given):
    """What an export takes beside which rows it is of."""

    format: FormatName = FormatName.CSV
    delimiter: Annotated[Delimiter, Field(description="CSV only.")] = Delimiter.COMMA
    bom: Annotated[
        Flag, Field(description="CSV only: a byte order mark, by which Excel knows UTF-8.")
    ] = False

    def style(self) -> CsvStyle:
        """How a CSV is to be written."""
        return CsvStyle(self.delimiter, self.bom)


class ExportQuery(ExportOptions, GivenQuery):
    """What ``GET …/export`` takes beside the list's filters, which a subclass adds."""

    columns: ColumnTexts = Field(
        default_factory=list, description="Names, in order, separated by commas."
    )
    sort: Annotated[OrAbsent[SortText], Field(description="As the list's.")] = None

    def column_names(self) -> list[str]:
        """The names that were asked for; none means the default columns."""
        return [name for text in self.columns for name in text.split(",")]

    def filters(self) -> dict[str, Any]:
        """What was asked of the list, for the manifest."""
        return plain_filters(self, set(ExportQuery.model_fields))


class SelectedRows(ExportOptions):
    """The body of ``POST …/export``: the rows that somebody ticked."""

    ids: Annotated[list[Annotated[str, seen(ID_CHARACTERS_MAX)]], some(SELECTED_MAX)]
    columns: ColumnTexts = Field(default_factory=list)
    sort: OrAbsent[SortText] = None
