"""What a kind of job does, and what it is given to do it with."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from payops_kernel.jobs.job import Job


class CancelRequested(Exception):
    """Somebody cancelled the job; leave everything as it is and stop."""


class JobHandler(Protocol):
    """What a kind of job does. Registered by ``JobRunner.handle``."""

    async def run(self, running: "RunningJob") -> Mapping[str, Any]:
        """Do it, and return the job's result.

        It may be begun again after a crash, in another process, and finds its own traces. It asks
        :meth:`RunningJob.go_on` between its steps. A ``PayOpsError`` ends the job as failed, with
        its code and message; what is transient is tried again later.
        """
        ...

    async def take_back(self, running: "RunningJob") -> None:
        """The job was cancelled, perhaps behind the last step of :meth:`run`: leave nothing open,
        and nothing that only a job that is done may leave. May run again.
        """
        ...


class RunningJob:
    """A job in the hands of the process that claimed it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = job.done
        self.total = job.total
        self.counts: Counter[str] = Counter(job.counts)
        self._cancelled = asyncio.Event()
        if job.cancel_requested:
            self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether the job is to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Let the next :meth:`go_on` raise."""
        self._cancelled.set()

    def go_on(self) -> None:
        """Raise :class:`CancelRequested` when the job is to stop."""
        if self.cancelled:
            raise CancelRequested
