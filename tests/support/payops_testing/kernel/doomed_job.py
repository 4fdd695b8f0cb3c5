"""A process that runs a job and dies by SIGKILL inside or right behind a row's transaction.

``python -m payops_testing.kernel.doomed_job URI DATABASE inside|behind NUMBER``
"""

import asyncio
import os
import signal
import sys

from payops_kernel.jobs.row_store import JobRow, JobRows, RowOutcome
from payops_kernel.mongo import Session, connect
from payops_testing.kernel.job_builders import Tracing, a_runner, run_one

LEASE_MS = 3_000


def die() -> None:
    """As the machine would: without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


async def main(uri: str, database: str, where: str, number: int) -> None:
    """Run one job, to the end or to death."""

    def before(row: JobRow) -> None:
        if where == "behind" and row.number > number:
            die()

    settle = JobRows.settle

    async def dying_settle(
        rows: JobRows, row: JobRow, outcome: RowOutcome, session: Session | None
    ) -> bool:
        settled = await settle(rows, row, outcome, session)
        if where == "inside" and row.number == number:
            die()
        return settled

    JobRows.settle = dying_settle  # type: ignore[method-assign,assignment]
    mongo = connect(uri, database)
    await run_one(await a_runner(mongo, Tracing(mongo, before), lease_ms=LEASE_MS))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
