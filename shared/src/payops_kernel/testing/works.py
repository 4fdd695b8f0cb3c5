"""Units of work, commands and jobs of a service that has nothing but a database."""

from collections.abc import Mapping
from typing import Any

from payops_contracts.topics import all_topics
from payops_kernel.clock import Clock
from payops_kernel.commands import Commands
from payops_kernel.due_rows import DueRows
from payops_kernel.jobs.job import Job, job_of
from payops_kernel.jobs.store import Jobs
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.mongo import Mongo
from payops_kernel.work import Works


def works_on(mongo: Mongo, clock: Clock, outbox: Outbox | None = None) -> Works:
    """Works whose messages wait in the outbox, as nobody publishes them."""
    outbox = outbox or Outbox(mongo.db, {t.name: t.message_bytes_max for t in all_topics()})
    return Works("things", clock, outbox, DueRows(mongo.db))


def commands_on(mongo: Mongo, clock: Clock, **refusing: Any) -> Commands:
    """Commands; ``refusing`` is as for ``Commands``."""
    return Commands(mongo, works_on(mongo, clock), **refusing)


async def submitted(jobs: Jobs, kind: str, owner: str, request: Mapping[str, Any]) -> Job:
    """A job that was asked for."""
    queued = jobs.queued(kind, owner, request)
    await jobs.collection.insert_one(queued)
    return job_of(queued)
