"""Cancelling a job: a person's write, with its audit record."""

from http import HTTPStatus
from typing import Any

from payops_kernel.jobs.job import Job, job_body
from payops_kernel.jobs.reads import JobReads
from payops_kernel.jobs.store import Jobs
from payops_kernel.ports import CommandAnswer, Work


class CancelJob:
    """The use case behind ``DELETE /v1/jobs/{id}``."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._reads = JobReads(jobs)

    async def __call__(self, work: Work, job_id: str) -> CommandAnswer:
        """202 and the job, its end asked for; asking again changes and records nothing.

        Raises ``JobNotFound`` or ``JobEnded``.
        """
        actor = work.context.actor
        before = await work.read(lambda session: self._reads.one(job_id, actor, session))
        after = before
        if not before.cancel_requested:
            # mongod's clock says when it ended. Written at once, which is sound here: the command
            # is about no subject, so it is alone in its transaction, and a refusal aborts that.
            after = await work.read(lambda session: self._jobs.cancel(job_id, session))
            work.audit("job.cancel", "job", job_id, before=_told(before), after=_told(after))
        return CommandAnswer(HTTPStatus.ACCEPTED, job_body(after))


def _told(job: Job) -> dict[str, Any]:
    return {"state": job.state, "cancel_requested": job.cancel_requested}
