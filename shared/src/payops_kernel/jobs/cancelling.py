"""Cancelling a job: a person's write, with its audit record."""

from http import HTTPStatus
from typing import Any

from payops_kernel.jobs.job import Job, job_body
from payops_kernel.jobs.reads import JobReads
from payops_kernel.jobs.store import Jobs
from payops_kernel.ports import Answer, CommandContext, RunsCommands, Work


class CancelJob:
    """The use case behind ``DELETE /v1/jobs/{id}``."""

    def __init__(self, jobs: Jobs, commands: RunsCommands) -> None:
        self._jobs = jobs
        self._reads = JobReads(jobs)
        self._commands = commands

    async def __call__(self, context: CommandContext, job_id: str) -> Answer:
        """202 and the job, its end asked for; asking again changes and records nothing.

        Raises ``JobNotFound`` or ``JobEnded``.
        """

        async def body(work: Work) -> Answer:
            before = await self._reads.one(job_id, context.actor, work.session)
            after = before
            if not before.cancel_requested:
                after = await self._jobs.cancel(job_id, work.session)
                work.audit("job.cancel", "job", job_id, before=_told(before), after=_told(after))
            return Answer(HTTPStatus.ACCEPTED, job_body(after))

        return await self._commands.run(context, body)


def _told(job: Job) -> dict[str, Any]:
    return {"state": job.state, "cancel_requested": job.cancel_requested}
