"""Jobs and exports: answered by the service that made them, which their ids name."""

from gateway.api.forwarded import BY_ID, FILE_SCHEMA, OBJECT_SCHEMA, PAGE_SCHEMA, Forwarded
from gateway.api.parameters import PAGING, Parameter, one_of, path_id, words
from gateway.api.transaction_rows import FILE_TYPES
from payops_kernel.http.queries import SORT_CHARACTERS_MAX

JOB_ID = path_id("job_id", "As the 202 that began it said.")
EXPORT_ID = path_id("export_id", "The `Export-Id` of a file, or of a job's result.")
ROW_STATES = ("WAITING", "SUCCEEDED", "REFUSED", "FAILED", "CANCELLED")

JOB_ROWS: tuple[Forwarded, ...] = (
    Forwarded(
        BY_ID, "GET", "/v1/jobs/{job_id}", "get_job",
        "A job's state and progress; its owner's and admins' only",
        (JOB_ID,), "The job.", OBJECT_SCHEMA,
    ),
    Forwarded(
        BY_ID, "DELETE", "/v1/jobs/{job_id}", "cancel_job",
        "Cancel a job: what is done stays done",
        (JOB_ID,), "The job as it stands.", OBJECT_SCHEMA, status=202, refusals=(409,),
    ),
    Forwarded(
        BY_ID, "GET", "/v1/jobs/{job_id}/rows", "list_job_rows",
        "What became of each row of a job, in the order of the job",
        (
            JOB_ID,
            Parameter("state", "Any of these states.", one_of(ROW_STATES), repeated=True),
            Parameter("sort", "There is one order only.", words(SORT_CHARACTERS_MAX)),
            *PAGING,
        ),
        "A page of rows.", PAGE_SCHEMA,
    ),
    Forwarded(
        BY_ID, "GET", "/v1/exports/{export_id}/manifest", "get_export_manifest",
        "What was exported, as of when, and whether the file is whole",
        (EXPORT_ID,), "The manifest.", OBJECT_SCHEMA,
    ),
    Forwarded(
        BY_ID, "GET", "/v1/exports/{export_id}/file", "get_export_file",
        "The file of an export that was a job",
        (EXPORT_ID,), "The file.", FILE_SCHEMA, media_types=FILE_TYPES,
        refusals=(409,),
    ),
)  # fmt: skip
